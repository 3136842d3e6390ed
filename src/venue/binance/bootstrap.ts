/** Brings books into step: asks REST for depth snapshots, within the request budget, one book at a time in turn. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { type Problem, problem } from "../../core/problem.ts";
import { BookFlag, type BookSync } from "../../market/book_sync.ts";
import { Backoff, type BackoffLimits } from "../wire/backoff.ts";
import type { RequestBudget } from "../wire/budget.ts";
import type { RestAnswer, RestClient } from "../wire/rest.ts";
import type { BinanceMarket } from "./fast_path.ts";

export interface BootstrapLimits {
  /** Levels a side of a snapshot. */
  readonly snapshotLevels: number;
  /** The same for a book that is shallow again within `shallowAgainUs`; cut to what the venue has. */
  readonly snapshotLevelsDeep: number;
  readonly shallowAgainUs: number;
  readonly snapshotsInFlightMax: number;
  readonly snapshotRetry: BackoffLimits;
  /** A book that needed nothing for so long starts from the first wait again. */
  readonly snapshotSettledUs: number;
  /** A snapshot must not be older than the first diff: wait for one, but not longer than this in a quiet market. */
  readonly firstDiffUsMax: number;
  /** A doubtful book heals with the next diff that joins: ask only when none came. */
  readonly doubtUsMax: number;
  /** The venue says to be quiet without saying for how long. */
  readonly freezeUs: number;
}

export interface BootstrapPorts {
  nowUs(): number;
  random(): number;
  book(instrument: number): BookSync | undefined;
  decodeSnapshot(text: string, receiveUs: number, symbol: string): void;
  poll(): void;
  /** The depth stream of this instrument is subscribed. */
  streaming(instrument: number): boolean;
  problem(p: Problem): void;
  readonly rest: RestClient;
}

class Row {
  active = true;
  /** Rises when the book began anew: an answer to an older question is thrown away. */
  epoch = 0;
  inFlight = false;
  dueUs = 0;
  wantSinceUs = -1;
  streamingSinceUs = -1;
  sawDiff = false;
  servedUs = 0;
  constructor(
    readonly symbol: string,
    readonly instrument: number,
    readonly backoff: Backoff,
  ) {}
}

export class DepthBootstrap {
  /** Requests sent, snapshots that brought a book into step, and answers that did not. */
  asked = 0;
  served = 0;
  failed = 0;
  inFlight = 0;
  readonly #market: BinanceMarket;
  readonly #restUrl: string;
  readonly #limits: BootstrapLimits;
  readonly #budget: RequestBudget;
  readonly #ports: BootstrapPorts;
  /** Never shortened: a row that is asked for again still knows of its request in flight. */
  readonly #rows: Row[] = [];
  readonly #byInstrument = new Map<number, Row>();
  #turn = 0;
  #saidSpent = false;

  constructor(
    market: BinanceMarket,
    restUrl: string,
    limits: BootstrapLimits,
    budget: RequestBudget,
    ports: BootstrapPorts,
  ) {
    assert(limits.snapshotsInFlightMax > 0, Code.LimitRelationBroken);
    this.#market = market;
    this.#restUrl = restUrl;
    this.#limits = limits;
    this.#budget = budget;
    this.#ports = ports;
    // A question that no empty window has room for would wait for ever.
    assert(weightOf(market, this.#levels(true)) <= budget.dataMax, Code.LimitRelationBroken);
    assert(weightOf(market, this.#levels(false)) <= budget.dataMax, Code.LimitRelationBroken);
  }

  add(symbol: string, instrument: number): void {
    const known = this.#byInstrument.get(instrument);
    if (known === undefined) {
      const row = new Row(symbol, instrument, new Backoff(this.#limits.snapshotRetry, () => this.#ports.random()));
      this.#rows.push(row);
      this.#byInstrument.set(instrument, row);
      return;
    }
    assert(known.symbol === symbol, Code.InvariantBroken);
    known.active = true;
    this.restarted(instrument);
  }

  remove(instrument: number): void {
    const row = this.#byInstrument.get(instrument);
    if (row === undefined) return;
    this.restarted(instrument);
    row.active = false;
  }

  /** The stream begins anew: what was asked before says nothing about it. */
  restarted(instrument: number): void {
    const row = this.#byInstrument.get(instrument);
    if (row === undefined) return;
    row.epoch++;
    row.sawDiff = false;
    row.streamingSinceUs = -1;
    row.wantSinceUs = -1;
  }

  /** A frame of the depth stream came. */
  sawDiff(instrument: number): void {
    const row = this.#byInstrument.get(instrument);
    if (row !== undefined) row.sawDiff = true;
  }

  /** Asks for what is wanted and allowed: books that are not valid first, each kind in turn. */
  tick(nowUs: number): void {
    if (this.#round(nowUs, false)) this.#round(nowUs, true);
  }

  /** One round over all rows, beginning where the last one ended; false when no more can be asked now. */
  #round(nowUs: number, valid: boolean): boolean {
    const rows = this.#rows;
    for (let n = 0; n < rows.length; n++) {
      if (this.inFlight >= this.#limits.snapshotsInFlightMax) return false;
      const row = rows[this.#turn % rows.length] as Row;
      const ours = (this.#ports.book(row.instrument)?.valid === true) === valid;
      if (ours && this.#isDue(row, nowUs) && !this.#ask(row, nowUs)) return false; // Its turn stays.
      this.#turn = (this.#turn + 1) % rows.length;
    }
    return true;
  }

  #isDue(row: Row, nowUs: number): boolean {
    if (!row.active) return false;
    if (!this.#ports.streaming(row.instrument)) {
      row.streamingSinceUs = -1;
      return false;
    }
    if (row.streamingSinceUs < 0) row.streamingSinceUs = nowUs;
    const book = this.#ports.book(row.instrument);
    if (book !== undefined && !book.needsSnapshot) {
      row.wantSinceUs = -1;
      if (nowUs - row.servedUs >= this.#limits.snapshotSettledUs) row.backoff.reset();
      return false;
    }
    if (row.wantSinceUs < 0) row.wantSinceUs = nowUs;
    if (row.inFlight || nowUs < row.dueUs) return false;
    if (!row.sawDiff && nowUs - row.streamingSinceUs < this.#limits.firstDiffUsMax) return false;
    const onlyDoubtful = book !== undefined && (book.flags & BookFlag.Doubtful) !== 0;
    return !onlyDoubtful || nowUs - row.wantSinceUs >= this.#limits.doubtUsMax;
  }

  /** False when the budget says to wait. */
  #ask(row: Row, nowUs: number): boolean {
    assert(!row.inFlight, Code.InvariantBroken);
    const shallow = ((this.#ports.book(row.instrument)?.flags ?? 0) & BookFlag.Shallow) !== 0;
    const again = row.servedUs > 0 && nowUs - row.servedUs < this.#limits.shallowAgainUs;
    const levels = this.#levels(shallow && again);
    if (!this.#budget.takeData(weightOf(this.#market, levels), nowUs)) {
      if (!this.#saidSpent) {
        this.#ports.problem(problem(Code.RequestBudgetSpent, `a snapshot of ${row.symbol} waits for request weight`));
      }
      this.#saidSpent = true;
      return false;
    }
    this.#saidSpent = false;
    row.inFlight = true;
    this.inFlight++;
    this.asked++;
    const { epoch } = row;
    const own = this.#budget.own(nowUs);
    const path = this.#market === "spot" ? "/api/v3/depth" : "/fapi/v1/depth";
    const url = `${this.#restUrl}${path}?symbol=${encodeURIComponent(row.symbol)}&limit=${levels}`;
    this.#ports.rest.get(url, (answer) => this.#answered(row, epoch, own, answer));
    return true;
  }

  #levels(deep: boolean): number {
    const { snapshotLevels, snapshotLevelsDeep } = this.#limits;
    const wished = deep ? snapshotLevelsDeep : snapshotLevels;
    return this.#market === "spot" ? wished : Math.min(wished, USDM_LEVELS_MAX);
  }

  #answered(row: Row, epoch: number, ownAtRequest: number, answer: RestAnswer): void {
    assert(row.inFlight, Code.InvariantBroken);
    row.inFlight = false;
    this.inFlight--;
    const nowUs = this.#ports.nowUs();
    this.#learn(answer, ownAtRequest, nowUs);
    if (!row.active || row.epoch !== epoch) return;
    // Also after success: a snapshot that the next diff does not join must not be asked again at once.
    row.dueUs = nowUs + row.backoff.nextUs();
    if (answer.status !== 200 || answer.problem !== undefined) {
      this.failed++;
      const said = `depth of ${row.symbol}: HTTP ${answer.status} ${answer.text.slice(0, 200)}`;
      this.#ports.problem(answer.problem ?? problem(Code.AnswerRefused, said));
      return;
    }
    this.#ports.decodeSnapshot(answer.text, nowUs, row.symbol);
    this.#ports.poll();
    if (this.#ports.book(row.instrument)?.needsSnapshot === false) {
      this.served++;
      row.servedUs = nowUs;
    } else this.failed++;
  }

  /** What the headers say of the weight spent, and whether we must be quiet. */
  #learn(answer: RestAnswer, ownAtRequest: number, nowUs: number): void {
    const used = answer.headers["x-mbx-used-weight-1m"];
    if (used !== undefined && /^\d{1,9}$/.test(used)) this.#budget.told(parseInt(used, 10), ownAtRequest, nowUs);
    const { status } = answer;
    if (status !== 429 && status !== 418 && status !== 403) return;
    const seconds = answer.headers["retry-after"];
    const told = seconds !== undefined && /^\d{1,7}$/.test(seconds);
    this.#budget.freeze(nowUs + (told ? parseInt(seconds, 10) * 1_000_000 : this.#limits.freezeUs));
  }
}

const USDM_LEVELS_MAX = 1_000;

/** Request weight of a depth question, by the venue's tables. */
function weightOf(market: BinanceMarket, levels: number): number {
  if (market === "spot") {
    if (levels <= 100) return 5;
    if (levels <= 500) return 25;
    return levels <= 1_000 ? 50 : 250;
  }
  if (levels <= 50) return 2;
  if (levels <= 100) return 5;
  return levels <= 500 ? 10 : 20;
}
