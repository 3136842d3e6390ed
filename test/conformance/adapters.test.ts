/**
 * Cards of certification for each adapter at the simulator: a short share of them, all of which `npm run test:conformance`
 * runs. And that what stands behind the cards is really there.
 */

import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Adapter } from "../../src/certify/adapter.ts";
import { ADAPTERS, adapterOf, rowOf } from "../../src/certify/adapters.ts";
import { GROUPS } from "../../src/certify/card.ts";
import { PROOFS } from "../../src/certify/proofs.ts";
import { type Certified, reportJson, reportMarkdown, reportName, reportOf } from "../../src/certify/report.ts";
import { simulatedSubject } from "../../src/certify/simulated.ts";
import { StageFeed } from "../../src/certify/stage.ts";
import { CARDS, type CardResult, isPassed, runCard, runSuite } from "../../src/certify/suite.ts";
import { FIXTURES_REASON, fixture, fixturesPresent } from "../support/fixtures.ts";

/** One or two of each group; `npm run test:conformance` has them all. */
const SHORT = new Set(
  "V01 V04 V07 V10 V05 V15 V19 V03 V24 V28 V30 V31 V35 V40 V42 V61 V70 V73 M01 M03 M04 M07 M08 M12".split(" "),
);
const shown = (results: readonly CardResult[]) =>
  results.filter(({ verdict }) => verdict === "fail").map(({ number, reason }) => `${number}: ${reason}`);

// Rows side by side: they mostly wait.
test.concurrent.each(ADAPTERS.map(({ venue }) => venue))("%s keeps the short share of cards", async (venue) => {
  const adapter = adapterOf(venue) as Adapter;
  const cards = CARDS.filter(({ number }) => SHORT.has(number));
  const results = await runSuite(simulatedSubject(adapter), { cards });
  expect(shown(results)).toEqual([]);
  expect(results.length).toBe(SHORT.size);
  const skipped = Map.groupBy(
    results.filter(({ verdict }) => verdict === "skip"),
    ({ reason }) => reason,
  );
  for (const [reason, of] of skipped) {
    process.stdout.write(`  ${venue} skips ${of.map(({ number }) => number).join(" ")}: ${reason}\n`);
  }
});

describe("the suite", () => {
  test("numbers are unique, groups are known and none is empty", () => {
    expect(new Set(CARDS.map(({ number }) => number)).size).toBe(CARDS.length);
    expect([...new Set(CARDS.map(({ group }) => group))]).toEqual([...GROUPS]);
  });

  test("proofs are of cards that exist, and lie where they are said to lie", () => {
    const root = join(import.meta.dir, "../..");
    for (const [venue, table] of Object.entries(PROOFS)) {
      for (const [number, { by, sources }] of Object.entries(table)) {
        expect([venue, CARDS.some((card) => card.number === number)]).toEqual([venue, true]);
        for (const source of by === "client" ? sources : [])
          expect([source, existsSync(join(root, source))]).toEqual([source, true]);
      }
    }
  });

  test.skipIf(!fixturesPresent)(`recorded messages and vectors are among the fixtures (${FIXTURES_REASON})`, () => {
    const rows = Object.values(PROOFS).flatMap((table) => Object.values(table));
    for (const { sources } of rows.filter(({ by }) => by !== "client")) {
      for (const source of sources) expect([source, existsSync(fixture(source))]).toEqual([source, true]);
    }
  });

  test("what was recorded is told from what the venue's documentation has (README.md of the fixtures)", () => {
    const isExample = /^[\w-]+\/(nautilus|jkorf|binance-connector-js|ccxt\.(rest|ws)-comments)\./;
    for (const { by, sources } of Object.values(PROOFS).flatMap((table) => Object.values(table))) {
      if (by !== "recorded" && by !== "documented") continue;
      for (const source of sources) expect([source, isExample.test(source)]).toEqual([source, by === "documented"]);
    }
  });

  test("quotes of the stage differ one from the other: some venues tell no other", () => {
    const feed = new StageFeed(["binance-spot"]);
    const quotes = Array.from({ length: 500 }, () => {
      feed.quote("binance-spot", "BTCUSDT");
      while (feed.waiting > 1) feed.take();
      return (JSON.parse(feed.take().data) as { B: string }).B;
    });
    expect(quotes.filter((size, at) => size === quotes[at - 1])).toEqual([]);
  });

  test("the row of a provider goes by its adapter, and where that trades several kinds by the symbol", () => {
    const rows = ["BTC-USDT", "BTC-USDT-SWAP"].map((symbol) => rowOf("okx", symbol)?.venue);
    expect(rows).toEqual(["okx", "okx-swap"]);
    expect([rowOf("bybit-spot", "BTCUSDT")?.venue, rowOf("okx-swap", "BTC-USDT-SWAP"), rowOf("sim", "")]).toEqual([
      "bybit-spot",
      undefined,
      undefined,
    ]);
  });

  test("a card that throws, hangs or cannot begin is a result, not the end", async () => {
    const [card] = CARDS;
    if (card === undefined) throw new Error("no cards");
    const broken = () => Promise.reject(new Error("no venue"));
    const hung = () => new Promise<never>(() => undefined);
    const ran = async (orders: () => Promise<never>) =>
      (await runSuite({ venue: "x", orders }, { cards: [card], cardMsMax: 30 })).map((r) => [r.verdict, r.reason]);
    expect(await ran(broken)).toEqual([["fail", "it threw: no venue"]]);
    expect(await ran(hung)).toEqual([["fail", "it did not end within 0.03 s"]]);
    expect((await runCard(card, { venue: "x" })).verdict).toBe("skip");
  });

  test("the report says what was certified, and card by card how it went", () => {
    const certified: Certified = {
      adapter: "binance-spot",
      provider: "simulated",
      venue: "http://127.0.0.1:1",
      version: "0.1.0",
      commit: "abc",
      startedAt: "2026-11-21T15:57:57.000Z",
      host: "h",
      runtime: "bun",
    };
    const card = { number: "V01", group: "order entry", title: "a | b", proof: undefined, ms: 5 } as const;
    const results: CardResult[] = [
      { ...card, verdict: "unproven", reason: "" },
      { ...card, number: "V02", verdict: "fail", reason: "two\nlines" },
    ];
    const report = reportOf(certified, results);
    expect(isPassed(results)).toBe(false);
    expect(JSON.parse(reportJson(report))).toMatchObject({ verdict: "failed", counts: { unproven: 1, fail: 1 } });
    const text = reportMarkdown(report);
    expect(text).toContain("# Certification of binance-spot: failed");
    expect(text).toContain("| V01 | a \\| b | unproven | 5 |  |");
    expect(text).toContain("| V02 | a \\| b | fail | 5 | two lines |");
    expect(reportName(certified)).toBe("binance-spot-2026-11-21T15-57-57Z");
  });
});
