/** Ways to spoil one frame, drawn by chance: cut short, flipped, foreign, binary. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { Prng } from "../core/prng.ts";
import { encodeFrame, Opcode } from "./wire.ts";

/** The whole WebSocket frame of a message that went wrong on its way. */
export function corruptFrame(text: string, prng: Prng): Buffer {
  assert(text.length > 0, Code.ValueOutOfRange);
  const bytes = Buffer.from(text);
  switch (prng.nextBelow(4)) {
    case 0: // JSON that ends early
      return encodeFrame(Opcode.Text, bytes.subarray(0, prng.nextBelow(bytes.length)));
    case 1: // a few characters that are others now; still ASCII, so that only the content is wrong
      for (let n = 1 + prng.nextBelow(3); n > 0; n--) {
        const at = prng.nextBelow(bytes.length);
        bytes[at] = 32 + (((bytes[at] as number) + 1 + prng.nextBelow(94)) % 95);
      }
      return encodeFrame(Opcode.Text, bytes);
    case 2: // something else altogether
      return encodeFrame(Opcode.Text, Buffer.from(`<html>${prng.nextU32()} Bad Gateway</html>`));
    default: // bytes where text is expected
      return encodeFrame(Opcode.Binary, Buffer.from(bytes.subarray(0, 1 + prng.nextBelow(bytes.length) / 2)));
  }
}
