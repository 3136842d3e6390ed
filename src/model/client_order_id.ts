/** Client order ids: 128 bits as 32 lowercase hex digits, ours by checksum on every venue that takes any id at all. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";

/*
 *   digits  0–3   marker    16 bits  "7e1c"
 *           4–5   node       8
 *           6–11  epoch     24       rises at every recovery or takeover
 *          12–17  instance  24       strategy instance, 0 = by hand
 *          18–27  order     40       dense order number
 *          28–31  checksum  16       over the 28 digits before
 */
const MARKER = "7e1c";
const LENGTH = 32;
const CHECKED = 28;

export const CLIENT_NODE_MAX = 0xff;
export const CLIENT_EPOCH_MAX = 0xff_ffff;
export const CLIENT_INSTANCE_MAX = 0xff_ffff;
export const CLIENT_ORDER_MAX = 0xff_ffff_ffff;

/** What an id of ours says. */
export interface ClientOrderParts {
  node: number;
  epoch: number;
  instance: number;
  order: number;
}

export function clientOrderId(node: number, epoch: number, instance: number, order: number): string {
  assert(node >= 0 && node <= CLIENT_NODE_MAX, Code.ValueOutOfRange);
  assert(epoch >= 0 && epoch <= CLIENT_EPOCH_MAX, Code.ValueOutOfRange);
  assert(instance >= 0 && instance <= CLIENT_INSTANCE_MAX, Code.ValueOutOfRange);
  assert(order >= 0 && order <= CLIENT_ORDER_MAX, Code.ValueOutOfRange);
  const body = MARKER + hex(node, 2) + hex(epoch, 6) + hex(instance, 6) + hex(order, 10);
  return body + hex(checksum(body), 4);
}

/** True, and `out` filled, when the id is one of ours; a foreign id or one flipped digit is not. */
export function parseClientOrderId(text: string, out: ClientOrderParts): boolean {
  if (text.length !== LENGTH || !text.startsWith(MARKER) || !/^[0-9a-f]+$/.test(text)) return false;
  if (Number.parseInt(text.slice(CHECKED), 16) !== checksum(text)) return false;
  out.node = Number.parseInt(text.slice(4, 6), 16);
  out.epoch = Number.parseInt(text.slice(6, 12), 16);
  out.instance = Number.parseInt(text.slice(12, 18), 16);
  out.order = Number.parseInt(text.slice(18, 28), 16);
  return true;
}

/** CRC-16/CCITT over the first 28 units: finds every single changed digit, and all but 1 in 65,536 of other changes. */
function checksum(text: string): number {
  let crc = 0xffff;
  for (let i = 0; i < CHECKED; i++) {
    crc ^= text.charCodeAt(i) << 8;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000) !== 0 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff;
  }
  return crc;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}
