/** A small capture made by a rule of its own, in both file formats: so that tests run where no real one is at hand. */

import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { Prng } from "../core/prng.ts";

export interface SmallCapture {
  readonly file: string;
  /** Frames as they must arrive, by stream. */
  readonly envelopes: readonly string[];
  readonly bids: ReadonlyMap<string, string>;
  readonly asks: ReadonlyMap<string, string>;
  readonly lastUpdateId: number;
  readonly trades: number;
}

export interface SmallCaptureOptions {
  readonly usdm?: boolean;
  readonly jsonLines?: boolean;
  readonly gzip?: boolean;
  readonly diffs?: number;
  /** Spacing of frames. */
  readonly stepUs?: number;
  readonly symbol?: string;
  readonly seed?: number;
  /** Ids and times begin here: a second file that continues the first. */
  readonly firstId?: number;
}

const START_US = 1_700_000_000_000_000;
const SNAPSHOT_AT = 3;

/** Diffs, best quotes and trades of one symbol; the full book comes after the third diff, as a client would get it. */
export function smallCapture(options: SmallCaptureOptions = {}): SmallCapture {
  const { usdm = false, jsonLines = false, gzip = false, diffs = 60, stepUs = 20_000, symbol = "ABCUSDT" } = options;
  const prng = new Prng(options.seed ?? 7);
  const low = symbol.toLowerCase();
  const bids = new Map<string, string>();
  const asks = new Map<string, string>();
  const lines: string[] = [];
  const envelopes: string[] = [];
  let id = options.firstId ?? 1_000;
  let timeUs = START_US + id * 1_000;
  let trades = 0;
  const write = (text: string, rest?: string) => {
    timeUs += stepUs;
    if (jsonLines) lines.push(`{"recvNs":${timeUs}000,${rest === undefined ? "" : `"rest":"${rest}",`}"msg":${text}}`);
    else lines.push(`${timeUs}000 ${text}`);
  };
  const send = (stream: string, data: object) => {
    const text = JSON.stringify({ stream, data });
    envelopes.push(text);
    write(text);
  };
  const E = () => Math.floor(timeUs / 1_000) + 1_270;
  for (let i = 0; i < 40; i++) {
    bids.set(price(1_000 - i), qty(prng));
    asks.set(price(1_001 + i), qty(prng));
  }
  for (let n = 0; n < diffs; n++) {
    const before = id;
    id += 1 + prng.nextBelow(5);
    const rows = (side: Map<string, string>, base: number, step: number) =>
      Array.from({ length: 1 + prng.nextBelow(3) }, (): [string, string] => {
        const row: [string, string] = [
          price(base + step * prng.nextBelow(60)),
          prng.nextBelow(4) === 0 ? "0.00000000" : qty(prng),
        ];
        if (row[1] === "0.00000000") side.delete(row[0]);
        else side.set(row[0], row[1]);
        return row;
      });
    const b = rows(bids, 1_000, -1);
    const a = rows(asks, 1_001, 1);
    const ids = usdm ? { T: E(), U: before + 1, u: id, pu: before } : { U: before + 1, u: id };
    send(`${low}@depth@100ms`, { e: "depthUpdate", E: E(), s: symbol, ...ids, b, a });
    send(`${low}@bookTicker`, {
      ...(usdm ? { e: "bookTicker" } : {}),
      u: id,
      s: symbol,
      b: "10.00",
      B: "1.00",
      a: "10.01",
      A: "2.00",
    });
    if (n === SNAPSHOT_AT && options.firstId === undefined) {
      const book = { lastUpdateId: id, bids: [...bids], asks: [...asks] };
      write(JSON.stringify(book), `depth snapshot ${low}`);
    }
    if (n % 3 !== 0) continue;
    trades++;
    const trade = {
      e: "trade",
      E: E(),
      s: symbol,
      t: 500 + trades,
      p: price(1_000 + prng.nextBelow(2)),
      q: qty(prng),
      T: E(),
    };
    send(`${low}@trade`, usdm ? { ...trade, X: "MARKET", m: n % 2 === 0 } : { ...trade, m: n % 2 === 0, M: true });
  }
  const file = join(mkdtempSync(join(tmpdir(), "meltica-simulate-")), gzip ? "small.gz" : "small.txt");
  const text = `${lines.join("\n")}\n`;
  writeFileSync(file, gzip ? gzipSync(text) : text);
  return { file, envelopes, bids, asks, lastUpdateId: id, trades };
}

function price(cents: number): string {
  return `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, "0")}000000`;
}

function qty(prng: Prng): string {
  return `${prng.nextBelow(50)}.${String(1 + prng.nextBelow(98)).padStart(2, "0")}000000`;
}
