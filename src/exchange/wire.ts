/** WebSocket frames as bytes (RFC 6455), the server's side: written by hand, so that faults can break them. */

import { createHash } from "node:crypto";
import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";

export enum Opcode {
  Continuation = 0,
  Text = 1,
  Binary = 2,
  Close = 8,
  Ping = 9,
  Pong = 10,
}

/** A message of a client, or the close code that its breach of the protocol deserves. */
export interface Received {
  readonly opcode: Opcode;
  readonly payload: Buffer;
}

const KEY_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** The answer to a request for an upgrade. */
export function upgradeAnswer(key: string): string {
  assert(key.length > 0, Code.ValueOutOfRange);
  const accept = createHash("sha1")
    .update(key + KEY_GUID)
    .digest("base64");
  const head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
  return `${head}Sec-WebSocket-Accept: ${accept}\r\n\r\n`;
}

export function encodeFrame(opcode: Opcode, payload: Buffer): Buffer {
  const { length } = payload;
  assert(length <= 0x7fff_ffff, Code.ValueOutOfRange);
  const headBytes = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(headBytes + length);
  frame[0] = 0x80 | opcode;
  if (headBytes === 2) frame[1] = length;
  else if (headBytes === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeUInt32BE(0, 2);
    frame.writeUInt32BE(length, 6);
  }
  payload.copy(frame, headBytes);
  return frame;
}

export function encodeText(text: string): Buffer {
  return encodeFrame(Opcode.Text, Buffer.from(text));
}

export function encodeClose(code: number, reason: string): Buffer {
  assert(code >= 1_000 && code < 5_000, Code.ValueOutOfRange);
  const payload = Buffer.alloc(2 + Buffer.byteLength(reason));
  payload.writeUInt16BE(code, 0);
  payload.write(reason, 2);
  return encodeFrame(Opcode.Close, payload);
}

/** Takes bytes as they come and gives whole messages; fragments are put together. */
export class FrameReader {
  #bytes: Buffer = Buffer.alloc(0);
  #parts: Buffer[] = [];
  #partBytes = 0;
  #partOpcode = Opcode.Text;
  /** 0, or the close code of the first breach: nothing is read after it. */
  fault = 0;

  constructor(readonly messageBytesMax: number) {
    assert(messageBytesMax >= 125, Code.ValueOutOfRange);
  }

  push(bytes: Buffer): Received[] {
    this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes]);
    const found: Received[] = [];
    while (this.fault === 0) {
      const message = this.#next();
      if (message === undefined) break;
      if (message !== "part") found.push(message);
    }
    return found;
  }

  #next(): Received | "part" | undefined {
    const bytes = this.#bytes;
    if (bytes.length < 2) return undefined;
    const first = bytes[0] as number;
    const opcode: Opcode = first & 0x0f;
    const isMasked = ((bytes[1] as number) & 0x80) !== 0;
    let length = (bytes[1] as number) & 0x7f;
    let at = 2;
    if (length === 126) {
      if (bytes.length < 4) return undefined;
      length = bytes.readUInt16BE(2);
      at = 4;
    } else if (length === 127) return this.#break(1_009);
    if (!isMasked || (first & 0x70) !== 0) return this.#break(1_002);
    if (length > this.messageBytesMax) return this.#break(1_009);
    if (bytes.length < at + 4 + length) return undefined;
    const mask = bytes.subarray(at, at + 4);
    const payload = Buffer.from(bytes.subarray(at + 4, at + 4 + length));
    for (let i = 0; i < payload.length; i++) payload[i] = (payload[i] as number) ^ (mask[i & 3] as number);
    this.#bytes = bytes.subarray(at + 4 + length);
    return this.#accept(opcode, (first & 0x80) !== 0, payload);
  }

  #accept(opcode: Opcode, isLast: boolean, payload: Buffer): Received | "part" | undefined {
    if (opcode >= Opcode.Close) return isLast ? { opcode, payload } : this.#break(1_002);
    const continues = opcode === Opcode.Continuation;
    if (continues !== this.#parts.length > 0) return this.#break(1_002);
    if (!continues) this.#partOpcode = opcode;
    this.#parts.push(payload);
    this.#partBytes += payload.length;
    if (this.#partBytes > this.messageBytesMax) return this.#break(1_009);
    if (!isLast) return "part";
    const whole = Buffer.concat(this.#parts);
    assert(whole.length === this.#partBytes, Code.InvariantBroken);
    this.#parts = [];
    this.#partBytes = 0;
    return { opcode: this.#partOpcode, payload: whole };
  }

  #break(code: number): undefined {
    this.fault = code;
    return undefined;
  }
}
