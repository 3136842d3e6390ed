/** Decodes spot `depthUpdate` frames of 20 bids and 20 asks into level slots, against JSON.parse and Number. */

import type { Bench } from "./bench.ts";
import { type FrameNumbers, prepareDecode } from "./decode_frames.ts";

interface Frame {
  readonly data: { readonly u: number; readonly b: [string, string][]; readonly a: [string, string][] };
}

const LEVELS = 20;

const bench: Bench = {
  name: "decode.binance.depth20",
  unit: "ns",
  baseline: "JSON.parse + Number",
  allocationFree: true,
  prepare: () =>
    prepareDecode(
      (numbers) =>
        `{"stream":"ethusdt@depth@100ms","data":{"e":"depthUpdate","E":${1_723_161_255_308 + numbers.n},` +
        `"s":"ETHUSDT","U":${35_346_513_499 + numbers.n * 7},"u":${35_346_513_505 + numbers.n * 7},` +
        `"b":[${levels(numbers, -1)}],"a":[${levels(numbers, 1)}]}}`,
      (text) => {
        const { u, b, a } = (JSON.parse(text) as Frame).data;
        let sum = u;
        for (const [price, qty] of b) sum += Number(price) + Number(qty);
        for (const [price, qty] of a) sum += Number(price) + Number(qty);
        return sum;
      },
      1 << 16,
      1 << 13,
    ),
};

export default bench;

function levels({ price, qty }: FrameNumbers, sign: number): string {
  return Array.from({ length: LEVELS }, (_, k) => `["${price(sign * (1 + k * 3))}","${qty(k)}"]`).join(",");
}
