/** A synthetic market recorded to a capture file, and cut: from any record on, a snapshot and the rest end in the same D. */

import { closeSync, openSync, writeSync } from "node:fs";
import { JournalImage } from "../../src/app/journal_image.ts";
import { REPLAY_DEFAULTS } from "../../src/app/replay_options.ts";
import { runReplay } from "../../src/app/replay_session.ts";
import { syntheticFeed } from "../../src/app/simulate.ts";
import { DEFAULT_LIMITS } from "../../src/core/limits.ts";
import type { Prng } from "../../src/core/prng.ts";
import { StateReader, StateWriter } from "../../src/core/state_bytes.ts";
import type { MemoryJournal } from "../../src/journal/memory.ts";
import { TradingRecord } from "../../src/model/record.ts";

const START_US = 1_700_000_000_000_000;
const SYMBOL = "BTCUSDT";
const CHUNK = 1 << 20;

/** Writes `seconds` of one instrument's synthetic market as a capture; answers how many frames that are. */
export function recordMarket(file: string, seconds: number, seed: number): number {
  const feed = syntheticFeed(["binance-spot"], seed, START_US);
  const fd = openSync(file, "w");
  let frames = 0;
  let waiting = "";
  while ((feed.nextTimeUs() ?? 0) < START_US + seconds * 1_000_000) {
    const frame = feed.take();
    if (frame.symbol !== SYMBOL) continue;
    const message = frame.stream === "" ? frame.data : JSON.stringify({ stream: frame.stream, data: "DATA" });
    const text = message.replace('"DATA"', () => frame.data);
    const rest = frame.stream === "" ? `"rest":"${SYMBOL}",` : "";
    waiting += `{"recvNs":${frame.timeUs}000,${rest}"msg":${text}}\n`;
    frames++;
    if (waiting.length < CHUNK) continue;
    writeSync(fd, waiting);
    waiting = "";
  }
  writeSync(fd, waiting);
  closeSync(fd);
  return frames;
}

export interface RecordedSession {
  readonly journal: MemoryJournal;
  readonly records: number;
  readonly orders: number;
  readonly fills: number;
  /** Applied alone and decided again, it ends in the same D. */
  readonly replaysEqual: boolean;
}

/** Runs a market maker over the capture, twice: the second time must make the same records. */
export async function runSession(file: string): Promise<RecordedSession> {
  let journal: MemoryJournal | undefined;
  const options = {
    ...REPLAY_DEFAULTS,
    files: [file],
    strategy: "market-making",
    params: {},
    instrumentFile: undefined,
    venue: undefined,
    symbol: undefined,
    balances: { USDT: "1000000", BTC: "10" },
    limits: {},
    makerFee: undefined,
    takerFee: undefined,
  };
  const result = await runReplay(options, undefined, (made) => {
    journal = made;
  });
  if (journal === undefined) throw new Error("no journal");
  const { verified } = result;
  const image = new JournalImage(DEFAULT_LIMITS);
  let fills = 0;
  journal.replay(new TradingRecord(), (record) => {
    image.take(record);
    if (record.fillId !== "" && record.price > 0) fills++;
  });
  return {
    journal,
    records: journal.durableRecord(),
    orders: image.state.orders.nextOrder - 1,
    fills,
    replaysEqual: verified?.applyAlone === true && verified.decideAgain,
  };
}

export interface CutResult {
  readonly cuts: number;
  readonly applied: number;
  readonly bytesMax: number;
  readonly saveMsMax: number;
  readonly loadMsMax: number;
  /** Cuts that did not end in the same D, or not in the same bytes. */
  readonly breaks: readonly string[];
}

/** Cuts at `count` random records: saved there, loaded, and given the rest, compared with the one that was never cut. */
export function cutSession(journal: MemoryJournal, count: number, prng: Prng): CutResult {
  const records: TradingRecord[] = [];
  const hashes: string[] = [];
  const whole = new JournalImage(DEFAULT_LIMITS);
  journal.replay(new TradingRecord(), (record) => {
    records.push(new TradingRecord().copyFrom(record));
    whole.take(record);
    hashes.push(whole.hash());
  });
  const end = bytesOf(whole);
  const cuts = Array.from({ length: count }, () => 1 + prng.nextBelow(records.length)).sort((a, b) => a - b);
  const running = new JournalImage(DEFAULT_LIMITS);
  const breaks: string[] = [];
  let [applied, bytesMax, saveMsMax, loadMsMax] = [0, 0, 0, 0];
  for (const cut of cuts) {
    while (running.record < cut) running.take(records[running.record] as TradingRecord);
    const savedMs = performance.now();
    const bytes = bytesOf(running);
    const loadMs = performance.now();
    saveMsMax = Math.max(saveMsMax, loadMs - savedMs);
    bytesMax = Math.max(bytesMax, bytes.length);
    const image = new JournalImage(DEFAULT_LIMITS);
    image.load(new StateReader(bytes));
    loadMsMax = Math.max(loadMsMax, performance.now() - loadMs);
    let differs = 0;
    for (let n = cut; n < records.length; n++) {
      image.take(records[n] as TradingRecord);
      applied++;
      if (differs === 0 && image.hash() !== hashes[n]) differs = n + 1;
    }
    if (differs > 0) breaks.push(`cut at record ${cut}: other hash from record ${differs} on`);
    else if (Buffer.compare(bytesOf(image), end) !== 0) breaks.push(`cut at record ${cut}: the same hash, other bytes`);
  }
  return { cuts: cuts.length, applied, bytesMax, saveMsMax, loadMsMax, breaks };
}

const WRITER_BYTES_SHARED = new StateWriter();

function bytesOf(image: JournalImage): Uint8Array {
  image.save(WRITER_BYTES_SHARED.clear());
  return WRITER_BYTES_SHARED.bytes().slice();
}
