/** Self-made market frames of one spot symbol, in the venue's documented form: a seeded walk of quotes, trades, diffs. */

import type { Capture } from "../src/data/capture_reader.ts";

const TICKS_PER_UNIT = 100;
const LOTS_PER_UNIT = 10_000;

/** `quotes` only best bid/ask changes, else roughly one diff and two trades in ten frames. One frame per millisecond. */
export function makeFrames(count: number, quotesOnly: boolean, seed = 7): Capture {
  const texts: string[] = [];
  const times = new Float64Array(count);
  let state = seed;
  const below = (n: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >>> 8) % n;
  };
  let mid = 268_300;
  let updateId = 35_346_513_500;
  let tradeId = 1_500_000_000;
  const price = (ticks: number) => `${(ticks / TICKS_PER_UNIT).toFixed(2)}000000`;
  const qty = () => `${((1 + below(300_000)) / LOTS_PER_UNIT).toFixed(4)}0000`;
  for (let i = 0; i < count; i++) {
    times[i] = 1_723_161_254_000_000 + i * 1_000;
    const eventMs = 1_723_161_255_300 + i;
    const draw = quotesOnly ? 9 : below(10);
    mid += below(3) - 1;
    if (i === 0) {
      texts.push(snapshot(updateId, mid, price, qty));
    } else if (draw === 0) {
      const first = updateId + 1;
      updateId += 1 + below(6);
      const levels = (sign: number) =>
        Array.from({ length: 1 + below(8) }, () => {
          const away = 1 + below(below(4) === 0 ? 400 : 20);
          return `["${price(mid + sign * away)}","${below(3) === 0 ? "0.00000000" : qty()}"]`;
        }).join(",");
      texts.push(
        `{"stream":"ethusdt@depth@100ms","data":{"e":"depthUpdate","E":${eventMs},"s":"ETHUSDT","U":${first},` +
          `"u":${updateId},"b":[${levels(-1)}],"a":[${levels(1)}]}}`,
      );
    } else if (draw < 3) {
      texts.push(
        `{"stream":"ethusdt@trade","data":{"e":"trade","E":${eventMs},"s":"ETHUSDT","t":${tradeId++},` +
          `"p":"${price(mid)}","q":"${qty()}","T":${eventMs - 1},"m":${below(2) === 0},"M":true}}`,
      );
    } else {
      texts.push(
        `{"stream":"ethusdt@bookTicker","data":{"u":${updateId},"s":"ETHUSDT","b":"${price(mid - 1)}","B":"${qty()}",` +
          `"a":"${price(mid + 1)}","A":"${qty()}"}}`,
      );
    }
  }
  return { receiveTimesUs: times, texts, snapshotSymbols: new Map(), problems: [], setAsideCount: 0, bytes: 0 };
}

function snapshot(id: number, mid: number, price: (ticks: number) => string, qty: () => string): string {
  const side = (sign: number) =>
    Array.from({ length: 1_000 }, (_, i) => `["${price(mid + sign * (i + 1))}","${qty()}"]`).join(",");
  return `{"lastUpdateId":${id},"bids":[${side(-1)}],"asks":[${side(1)}]}`;
}
