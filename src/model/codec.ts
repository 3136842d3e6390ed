/** Trading record ⇄ bytes: fixed little-endian columns in table order, then three texts, padded to 8 bytes. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { RECORD_VERSION, type TradingRecord } from "./record.ts";

/** Bytes of the fixed columns; the texts begin here. */
export const RECORD_FIXED_BYTES = 184;
export const RECORD_BYTES_MAX = 4_096;

/** Writes `record` at `at` (8-byte aligned); answers the bytes written. Stops when it would pass 4 KiB. */
export function encodeRecord(record: Readonly<TradingRecord>, bytes: Uint8Array, view: DataView, at: number): number {
  assert((at & 7) === 0, Code.ValueOutOfRange);
  let end = at + RECORD_FIXED_BYTES;
  end = writeText(bytes, view, end, at, record.venueOrderId);
  end = writeText(bytes, view, end, at, record.fillId);
  end = writeText(bytes, view, end, at, record.text);
  while ((end & 7) !== 0) bytes[end++] = 0;
  const length = end - at;
  assert(length <= RECORD_BYTES_MAX, Code.RecordTooLarge);
  view.setUint16(at, length, true);
  view.setUint8(at + 2, record.kind);
  view.setUint8(at + 3, record.version);
  view.setUint32(at + 4, record.order, true);
  view.setFloat64(at + 8, record.record, true);
  view.setFloat64(at + 16, record.input, true);
  view.setFloat64(at + 24, record.timeUs, true);
  view.setFloat64(at + 32, record.exchangeTimeUs, true);
  view.setUint16(at + 40, record.account, true);
  view.setUint16(at + 42, record.instrumentRevision, true);
  view.setUint32(at + 44, record.instrument, true);
  view.setUint32(at + 48, record.instance, true);
  view.setUint16(at + 52, record.asset, true);
  view.setUint16(at + 54, record.feeAsset, true);
  view.setUint8(at + 56, record.leg);
  view.setUint8(at + 57, record.side);
  view.setUint8(at + 58, record.orderType);
  view.setUint8(at + 59, record.timeInForce);
  view.setUint16(at + 60, record.flags, true);
  view.setUint16(at + 62, record.code, true);
  view.setUint8(at + 64, record.liquidity);
  view.setUint8(at + 65, record.scope);
  view.setUint8(at + 66, record.evidence);
  view.setUint8(at + 67, record.triggerBy);
  view.setUint32(at + 68, record.attempt, true);
  view.setUint32(at + 72, record.parent, true);
  view.setUint32(at + 76, record.group, true);
  view.setFloat64(at + 80, record.price, true);
  view.setFloat64(at + 88, record.qty, true);
  view.setFloat64(at + 96, record.cumQty, true);
  view.setFloat64(at + 104, record.referencePrice, true);
  view.setFloat64(at + 112, record.referenceAgeUs, true);
  view.setFloat64(at + 120, record.amountHi, true);
  view.setFloat64(at + 128, record.amountLo, true);
  view.setFloat64(at + 136, record.feeHi, true);
  view.setFloat64(at + 144, record.feeLo, true);
  view.setFloat64(at + 152, record.triggerPrice, true);
  view.setFloat64(at + 160, record.trailOffset, true);
  view.setFloat64(at + 168, record.displayQty, true);
  view.setFloat64(at + 176, record.expireUs, true);
  return length;
}

/** Reads one record of at most `available` bytes into `out`. Total: any bytes give Ok or FileCorrupt. */
export function decodeRecord(
  out: TradingRecord,
  bytes: Uint8Array,
  view: DataView,
  at: number,
  available: number,
): Code {
  if (available < RECORD_FIXED_BYTES + 6) return Code.FileCorrupt;
  const length = view.getUint16(at, true);
  if (length > available || length > RECORD_BYTES_MAX || length < RECORD_FIXED_BYTES + 6) return Code.FileCorrupt;
  if (view.getUint8(at + 3) !== RECORD_VERSION) return Code.FileCorrupt;
  const first = at + RECORD_FIXED_BYTES;
  const limit = at + length;
  const second = textEnd(view, first, limit);
  const third = second < 0 ? -1 : textEnd(view, second, limit);
  const end = third < 0 ? -1 : textEnd(view, third, limit);
  if (end < 0 || limit - end >= 8) return Code.FileCorrupt;
  decodeColumns(out, view, at);
  out.venueOrderId = readText(bytes, first, second);
  out.fillId = readText(bytes, second, third);
  out.text = readText(bytes, third, end);
  return Code.Ok;
}

function decodeColumns(out: TradingRecord, view: DataView, at: number): void {
  out.kind = view.getUint8(at + 2);
  out.version = view.getUint8(at + 3);
  out.order = view.getUint32(at + 4, true);
  out.record = view.getFloat64(at + 8, true);
  out.input = view.getFloat64(at + 16, true);
  out.timeUs = view.getFloat64(at + 24, true);
  out.exchangeTimeUs = view.getFloat64(at + 32, true);
  out.account = view.getUint16(at + 40, true);
  out.instrumentRevision = view.getUint16(at + 42, true);
  out.instrument = view.getUint32(at + 44, true);
  out.instance = view.getUint32(at + 48, true);
  out.asset = view.getUint16(at + 52, true);
  out.feeAsset = view.getUint16(at + 54, true);
  out.leg = view.getUint8(at + 56);
  out.side = view.getUint8(at + 57);
  out.orderType = view.getUint8(at + 58);
  out.timeInForce = view.getUint8(at + 59);
  out.flags = view.getUint16(at + 60, true);
  out.code = view.getUint16(at + 62, true);
  out.liquidity = view.getUint8(at + 64);
  out.scope = view.getUint8(at + 65);
  out.evidence = view.getUint8(at + 66);
  out.triggerBy = view.getUint8(at + 67);
  out.attempt = view.getUint32(at + 68, true);
  out.parent = view.getUint32(at + 72, true);
  out.group = view.getUint32(at + 76, true);
  out.price = view.getFloat64(at + 80, true);
  out.qty = view.getFloat64(at + 88, true);
  out.cumQty = view.getFloat64(at + 96, true);
  out.referencePrice = view.getFloat64(at + 104, true);
  out.referenceAgeUs = view.getFloat64(at + 112, true);
  out.amountHi = view.getFloat64(at + 120, true);
  out.amountLo = view.getFloat64(at + 128, true);
  out.feeHi = view.getFloat64(at + 136, true);
  out.feeLo = view.getFloat64(at + 144, true);
  out.triggerPrice = view.getFloat64(at + 152, true);
  out.trailOffset = view.getFloat64(at + 160, true);
  out.displayQty = view.getFloat64(at + 168, true);
  out.expireUs = view.getFloat64(at + 176, true);
}

/** ASCII goes straight into the bytes; other text takes the slow way, and must fit as well. */
function writeText(bytes: Uint8Array, view: DataView, at: number, start: number, text: string): number {
  const first = at + 2;
  // Room for the worst case is proven before a byte is written: a record never runs into its neighbour.
  assert(first - start + text.length + 8 <= RECORD_BYTES_MAX, Code.RecordTooLarge);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 127) return writeUtf8(bytes, view, at, start, text);
    bytes[first + i] = unit;
  }
  view.setUint16(at, text.length, true);
  return first + text.length;
}

function writeUtf8(bytes: Uint8Array, view: DataView, at: number, start: number, text: string): number {
  const encoded = new TextEncoder().encode(text);
  assert(at + 2 - start + encoded.length + 8 <= RECORD_BYTES_MAX, Code.RecordTooLarge);
  bytes.set(encoded, at + 2);
  view.setUint16(at, encoded.length, true);
  return at + 2 + encoded.length;
}

/** Where the text at `at` ends, or -1 when it runs past `limit`. */
function textEnd(view: DataView, at: number, limit: number): number {
  if (at + 2 > limit) return -1;
  const end = at + 2 + view.getUint16(at, true);
  return end > limit ? -1 : end;
}

function readText(bytes: Uint8Array, at: number, end: number): string {
  const from = at + 2;
  if (from === end) return "";
  return new TextDecoder().decode(bytes.slice(from, end));
}
