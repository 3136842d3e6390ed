/** Captured files as one continuous feed: venues by content, frames verbatim, in receive order, listings inferred. */

import { assert, present } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { type Problem, ProblemError, problem } from "../core/problem.ts";
import { type CapturedLine, readCaptureFile } from "./capture_file.ts";
import type { Feed, FeedFrame, Listing, SimVenue } from "./feed.ts";
import { ListingGuess } from "./listing_guess.ts";
import { isMessage, type Message, objectOf, wholeOf } from "./message.ts";

interface Row extends FeedFrame {
  /** Of a diff: the ids it covers; of a full book: its id. Else 0. */
  readonly firstId: number;
  readonly lastId: number;
}

export class CapturedFeed implements Feed {
  readonly problems: readonly Problem[];
  readonly listings: readonly Listing[];
  readonly streams: readonly { readonly venue: SimVenue; readonly stream: string }[];
  readonly #rows: readonly Row[];
  #at = 0;
  /** Added to pacing times after each turn of the loop, so that they never go back. */
  #shiftUs = 0;

  /** Throws ProblemError for files that cannot be read, hold nothing, or belong to a venue that is not served. */
  constructor(paths: readonly string[], venues: readonly SimVenue[]) {
    assert(paths.length > 0 && venues.length > 0, Code.ValueOutOfRange);
    const problems: Problem[] = [];
    const guess = new ListingGuess();
    const rows: Row[] = [];
    for (const path of paths) {
      const lines = readCaptureFile(path, problems);
      const venue = venueOf(lines);
      if (!venues.includes(venue)) {
        const hint = `add --venue ${venue}`;
        throw new ProblemError(problem(Code.Usage, `the capture is of ${venue}`, { file: path }, hint));
      }
      readRows(lines, venue, guess, rows);
    }
    // Files of one venue stand one after the other; two venues are merged by receive time. The sort is stable.
    this.#rows = nameBooks(inTimeOrder(rows));
    this.listings = guess.listings();
    this.problems = problems;
    if (this.listings.length === 0) {
      throw new ProblemError(problem(Code.NoInstrument, "no market data in the capture", { file: paths[0] as string }));
    }
    const names = new Map(this.#rows.map((row) => [`${row.venue} ${row.stream}`, row]));
    this.streams = [...names.values()].filter((row) => row.stream !== "");
  }

  get frameCount(): number {
    return this.#rows.length;
  }

  nextTimeUs(): number | undefined {
    const row = this.#rows[this.#at];
    return row === undefined ? undefined : row.timeUs + this.#shiftUs;
  }

  take(): FeedFrame {
    const row = this.#rows[this.#at];
    assert(row !== undefined, Code.InvariantBroken);
    this.#at++;
    return row;
  }

  rewind(): boolean {
    const first = present(this.#rows[0]);
    const last = present(this.#rows.at(-1));
    assert(last.timeUs >= first.timeUs, Code.InvariantBroken);
    this.#shiftUs += last.timeUs - first.timeUs;
    this.#at = 0;
    return true;
  }

  upcomingBook(venue: SimVenue, symbol: string): string | undefined {
    assert(symbol !== "", Code.ValueOutOfRange);
    for (let at = this.#at; at < this.#rows.length; at++) {
      const row = this.#rows[at] as Row;
      if (row.stream === "" && row.venue === venue && row.symbol === symbol) return row.data;
    }
    return undefined;
  }
}

/** USD-M depth carries `pu`, its best quotes and full books times; spot has neither. */
function venueOf(lines: readonly CapturedLine[]): SimVenue {
  for (const { text } of lines) {
    if (text.includes('"depthUpdate"')) return text.includes('"pu":') ? "binance-usdm" : "binance-spot";
    if (text.includes('"markPriceUpdate"') || /"e":\s*"bookTicker"/.test(text)) return "binance-usdm";
  }
  return "binance-spot";
}

function readRows(lines: readonly CapturedLine[], venue: SimVenue, guess: ListingGuess, rows: Row[]): void {
  for (const line of lines) {
    const outer = objectOf(line.text);
    if (outer === undefined) continue;
    const isEnvelope = typeof outer.stream === "string" && typeof outer.data === "object" && outer.data !== null;
    const message = (isEnvelope ? outer.data : outer) as Message;
    const stream = isEnvelope ? (outer.stream as string) : rawStream(message);
    const isBook = stream === "" && Array.isArray(message.bids) && typeof message.lastUpdateId === "number";
    if (stream === "" && !isBook) continue; // An answer to a subscription, or something of no use here.
    const symbol = isBook ? (line.restSymbol ?? "") : symbolOf(message, stream);
    if (symbol !== "" && symbol.startsWith("!") === false) guess.add(venue, symbol, message);
    rows.push({
      timeUs: line.timeUs,
      venue,
      symbol,
      stream,
      data: isEnvelope ? dataOf(line.text) : line.text,
      envelope: isEnvelope ? line.text : undefined,
      firstId: typeof message.U === "number" ? message.U : 0,
      lastId: wholeOf(isBook ? message.lastUpdateId : message.u) ?? 0,
    });
  }
}

/** The message inside an envelope, byte for byte. */
function dataOf(envelope: string): string {
  const key = /"data"\s*:\s*/.exec(envelope);
  const from = key === null ? 0 : key.index + key[0].length;
  const stream = envelope.indexOf('"stream"', from);
  // Usually the data comes last; where it comes first, it ends before the comma of the other key.
  const end = stream > from ? envelope.lastIndexOf(",", stream) : envelope.lastIndexOf("}");
  return envelope.slice(from, end).trim();
}

/** Stream of a message that was captured on `/ws/…`, without its name. */
function rawStream(message: Message): string {
  const symbol = nameIn(message).toLowerCase();
  if (symbol === "") return "";
  if (message.e === "depthUpdate") return `${symbol}@depth@100ms`;
  if (message.e === "markPriceUpdate") return `${symbol}@markPrice@1s`;
  if (message.e === "bookTicker" || (message.e === undefined && "B" in message && "A" in message)) {
    return `${symbol}@bookTicker`;
  }
  return typeof message.e === "string" ? `${symbol}@${message.e}` : "";
}

/** A forced order has its symbol inside. */
function nameIn(message: Message): string {
  const { s, o } = message;
  const inner = message.e === "forceOrder" && isMessage(o) ? o.s : s;
  return typeof inner === "string" ? inner : "";
}

function symbolOf(message: Message, stream: string): string {
  return nameIn(message) || stream.slice(0, Math.max(0, stream.indexOf("@"))).toUpperCase();
}

function inTimeOrder(rows: readonly Row[]): Row[] {
  const spot = rows.filter((row) => row.venue === "binance-spot");
  const usdm = rows.filter((row) => row.venue === "binance-usdm");
  const merged: Row[] = [];
  let s = 0;
  let u = 0;
  while (s < spot.length || u < usdm.length) {
    const a = spot[s];
    const b = usdm[u];
    if (b === undefined || (a !== undefined && a.timeUs <= b.timeUs)) merged.push(spot[s++] as Row);
    else merged.push(usdm[u++] as Row);
  }
  assert(merged.length === rows.length, Code.InvariantBroken);
  return merged;
}

/** A REST answer does not say its symbol: it is the one whose diffs bridge its id. */
function nameBooks(rows: readonly Row[]): Row[] {
  return rows.map((row) => {
    if (row.stream !== "" || row.symbol !== "") return row;
    const bridges = (diff: Row) =>
      diff.venue === row.venue && diff.firstId <= row.lastId + 1 && diff.lastId >= row.lastId && diff.firstId > 0;
    const symbol = rows.find(bridges)?.symbol ?? rows.find((other) => other.venue === row.venue)?.symbol ?? "";
    return { ...row, symbol };
  });
}
