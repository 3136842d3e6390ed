/** Decodes combined-stream spot `trade` frames into trade slots, against JSON.parse and Number. */

import type { Bench } from "./bench.ts";
import { prepareDecode } from "./decode_frames.ts";

interface Frame {
  readonly data: { readonly E: number; readonly t: number; readonly p: string; readonly q: string; readonly T: number };
}

const bench: Bench = {
  name: "decode.binance.trade",
  unit: "ns",
  baseline: "JSON.parse + Number",
  allocationFree: true,
  prepare: () =>
    prepareDecode(
      ({ n, price, qty }) =>
        `{"stream":"ethusdt@trade","data":{"e":"trade","E":${1_723_161_255_612 + n},"s":"ETHUSDT",` +
        `"t":${1_520_538_925 + n},"p":"${price(n % 3)}","q":"${qty(1)}","T":${1_723_161_255_611 + n},` +
        `"m":${n % 3 === 0},"M":true}}`,
      (text) => {
        const { E, t, p, q, T } = (JSON.parse(text) as Frame).data;
        return E + t + T + Number(p) + Number(q);
      },
      1 << 20,
      1 << 17,
    ),
};

export default bench;
