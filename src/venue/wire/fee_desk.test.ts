/** When rates are asked for, kept, asked for again, and what is said of them (fee_desk); of statements cash_desk likewise. */

import { describe, expect, test } from "bun:test";
import type { Problem } from "../../core/problem.ts";
import type { Instrument } from "../../model/instrument.ts";
import { InstrumentKind } from "../../model/order.ts";
import { CashDesk, type CashWords } from "./cash_desk.ts";
import { FeeDesk, type FeeRates } from "./fee_desk.ts";
import type { RestAsk, VenueAnswer } from "./live_answer.ts";
import { ServerClock } from "./server_clock.ts";
import { stillInstrument } from "./still_market.testing.ts";

const SECOND_US = 1_000_000;
const HOUR_US = 3_600 * SECOND_US;
const ask = (path: string): RestAsk => ({ method: "GET", path, params: [], security: "signed", weight: 20 });
const yes = (value: unknown): VenueAnswer => ({ isOk: true, value, code: 0, msg: "", isSent: true });
const no = (msg: string): VenueAnswer => ({ isOk: false, value: undefined, code: 1, msg, isSent: true });
const rates = (taker: number, discountAsset = ""): FeeRates => ({ maker: -1_000, taker, discountAsset });

describe("fees", () => {
  class Rig {
    readonly instruments: Instrument[] = [];
    readonly asked: string[] = [];
    readonly problems: Problem[] = [];
    readonly desk: FeeDesk;
    /** By symbol; a text in a yes is what is wrong with it. */
    readonly answers: Record<string, VenueAnswer> = {};
    nowUs = 1_000 * HOUR_US;
    hasRoom = true;
    isSilent = false;

    constructor(...symbols: string[]) {
      for (const symbol of symbols) this.list(symbol);
      this.desk = new FeeDesk({
        instruments: () => this.instruments,
        askOf: ({ venueSymbol }) => ({ ask: ask(venueSymbol), read: (value) => value as FeeRates | string }),
        take: (weight) => this.hasRoom && weight === 20,
        call: ({ path }, done) => {
          this.asked.push(path);
          if (!this.isSilent) done(this.answers[path] ?? no("nobody"));
        },
        nowUs: () => this.nowUs,
        problem: (found) => this.problems.push(found),
      });
    }

    list(symbol: string): void {
      const names = { venueSymbol: symbol, name: `venue:${symbol}` };
      this.instruments.push(stillInstrument(this.instruments.length, InstrumentKind.Spot, names));
      this.answers[symbol] = yes(rates(2_000));
    }

    /** What was asked in so many seconds, tick by tick. */
    in(seconds: number): string[] {
      for (let at = 0; at < seconds * 20; at++) {
        this.nowUs += SECOND_US / 20;
        this.desk.tick(this.nowUs);
      }
      return this.asked.splice(0);
    }

    told(): string[] {
      return this.problems.splice(0).map(({ code, detail }) => `${code}: ${detail}`);
    }
  }

  test("nothing before the key was looked at; then each once, one after the other, and again after an hour", () => {
    const rig = new Rig("A", "B", "C");
    expect([rig.in(10), rig.desk.missing]).toEqual([[], 0]);
    rig.desk.begin();
    expect(rig.desk.missing).toBe(3);
    expect(rig.in(0.3)).toEqual(["A", "B"]);
    expect([rig.in(1), rig.desk.missing]).toEqual([["C"], 0]);
    const [first] = rig.desk.facts;
    expect(first).toMatchObject({ instrument: 0, maker: -1_000, taker: 2_000, discountAsset: "" });
    expect(rig.in(3_590)).toEqual([]);
    expect(rig.in(20)).toEqual(["A", "B", "C"]);
    expect(rig.desk.facts[0]?.atUs).toBeGreaterThan((first?.atUs ?? 0) + HOUR_US - 1);
    expect(rig.told()).toEqual([]);
  });

  test("an instrument that is defined later is asked for at once", () => {
    const rig = new Rig("A");
    rig.desk.begin();
    rig.in(5);
    rig.list("B");
    expect([rig.desk.missing, rig.in(1), rig.desk.missing]).toEqual([1, ["B"], 0]);
  });

  test("a change is told with both rates; the same again is not", () => {
    const rig = new Rig("A");
    rig.desk.begin();
    rig.in(1);
    rig.answers["A"] = yes(rates(450_000_000, "BNB"));
    rig.in(3_601);
    expect(rig.told()).toEqual([
      "FeeRateChanged: venue:A: maker -0.000000001, taker 0.00045, less when paid in BNB, until now maker -0.000000001, taker 0.000000002",
    ]);
    rig.in(3_601);
    expect(rig.told()).toEqual([]);
  });

  test("refused or not readable: told once, tried again later and later, what was known stays, and others go on", () => {
    const rig = new Rig("A", "B");
    rig.desk.begin();
    rig.in(1);
    rig.answers["A"] = no("10005 denied");
    expect(rig.in(3_600).filter((path) => path === "B").length).toBe(1);
    expect(rig.told()).toEqual(["AnswerRefused: what is charged for venue:A: 10005 denied"]);
    expect(rig.desk.facts.map(({ instrument }) => instrument)).toEqual([0, 1]);
    const tries = rig.in(3_600).filter((path) => path === "A").length;
    // 5 s, 10 s, … 320 s apart, then ten minutes.
    expect([tries >= 6, tries <= 14, rig.told().length <= 1]).toEqual([true, true, true]);
    rig.answers["A"] = yes("field taker");
    rig.in(601);
    expect(rig.told()).toEqual(["FieldMissing: what is charged for venue:A: field taker"]);
    rig.answers["A"] = yes(rates(2_000));
    rig.in(601);
    expect([rig.told(), rig.in(3_000).includes("A")]).toEqual([[], false]);
  });

  test("hundreds that are refused for one reason are one problem", () => {
    const rig = new Rig(...Array.from({ length: 100 }, (_, at) => `S${at}`));
    for (const symbol of Object.keys(rig.answers)) rig.answers[symbol] = no("denied");
    rig.desk.begin();
    expect(rig.in(30).length).toBeGreaterThan(90);
    expect(rig.told()).toEqual(["AnswerRefused: what is charged for venue:S0: denied"]);
  });

  test("without room in the budget it waits, and one question is open at a time", () => {
    const rig = new Rig("A", "B");
    rig.desk.begin();
    rig.hasRoom = false;
    expect(rig.in(5)).toEqual([]);
    rig.hasRoom = true;
    rig.isSilent = true;
    expect(rig.in(60)).toEqual(["A"]);
    expect(rig.told()).toEqual([]);
  });
});

describe("statements of cash", () => {
  /** A statement of numbered rows, two a page. */
  function desk(pages: number, pagesMax: number, sinceMs = 1) {
    const told: unknown[] = [];
    const problems: Problem[] = [];
    let room = Number.POSITIVE_INFINITY;
    const words: CashWords = {
      usual: ["usual"],
      others: [],
      pages: () => {
        let at = 0;
        return {
          first: ask("0"),
          isNewestFirst: true,
          rows: (value) => value as unknown[],
          next: () => (++at < pages ? ask(String(at)) : undefined),
        };
      },
      take: () => room-- > 0,
      rowOf: (value) => ({ id: String(value), timeMs: 5 }),
      tell: (value) => told.push(value),
    };
    const host = {
      call: ({ path }: RestAsk, done: (answer: VenueAnswer) => void) => done(yes([2 - Number(path)])),
      clock: new ServerClock(),
      nowUs: () => 9_000_000,
      problem: (found: Problem) => problems.push(found),
    };
    const limits = { everyUs: SECOND_US, retryUs: SECOND_US, overlapMs: 1_000, pagesMax };
    const made = new CashDesk(host, limits, words, sinceMs);
    return { made, told, problems, setRoom: (count: number) => (room = count) };
  }

  test("oldest first, whole or not at all", () => {
    const whole = desk(3, 3);
    whole.made.want(["usual"]);
    whole.made.tick(9_000_000);
    expect(whole.told).toEqual([0, 1, 2]);
    const tooLong = desk(3, 2);
    for (let at = 0; at < 3; at++) {
      tooLong.made.want(["usual"]);
      tooLong.made.tick(9_000_000 + at * 60 * SECOND_US);
    }
    expect([tooLong.told, tooLong.problems.map(({ detail }) => detail)]).toEqual([
      [],
      ["cash that moved without a fill (usual): too many pages"],
    ]);
  });

  test("without room for its next page a look begins anew, and has not failed", () => {
    const { made, told, problems, setRoom } = desk(3, 3);
    setRoom(2);
    made.want(["usual"]);
    made.tick(9_000_000);
    expect(told).toEqual([]);
    setRoom(3);
    made.tick(9_500_000);
    expect(told).toEqual([]);
    made.tick(10_000_001);
    expect([told, problems]).toEqual([[0, 1, 2], []]);
  });

  test("what was before the account was opened in the books is not told", () => {
    const { made, told } = desk(3, 3, 6);
    made.want(["usual"]);
    made.tick(9_000_000);
    expect(told).toEqual([]);
  });
});
