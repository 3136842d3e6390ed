/** Decodes combined-stream spot `bookTicker` frames into quote slots, against JSON.parse and Number. */

import type { Bench } from "./bench.ts";
import { prepareDecode } from "./decode_frames.ts";

interface Frame {
  readonly data: { readonly u: number; readonly b: string; readonly B: string; readonly a: string; readonly A: string };
}

const bench: Bench = {
  name: "decode.binance.bookTicker",
  unit: "ns",
  baseline: "JSON.parse + Number",
  allocationFree: true,
  prepare: () =>
    prepareDecode(
      ({ n, price, qty }) =>
        `{"stream":"ethusdt@bookTicker","data":{"u":${35_346_513_500 + n * 7},"s":"ETHUSDT","b":"${price(0)}",` +
        `"B":"${qty(1)}","a":"${price(1)}","A":"${qty(2)}"}}`,
      (text) => {
        const { u, b, B, a, A } = (JSON.parse(text) as Frame).data;
        return u + Number(b) + Number(B) + Number(a) + Number(A);
      },
      1 << 20,
      1 << 17,
    ),
};

export default bench;
