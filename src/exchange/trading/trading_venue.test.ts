/** The whole core (trading_venue, order_flow, taker_run, positions, spot_settlement, algo_desk, countdowns, account, order, refusal) at work. */

import { describe, expect, test } from "bun:test";
import { amount, plain, ZERO } from "./amount.ts";
import { Refusal } from "./refusal.ts";
import { account, Rig } from "./trading.testing.ts";
import { FEES, MARKET } from "./wallets.ts";

const refused = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof Refusal) return error.reason;
    throw error;
  }
  return "accepted";
};
const free = (rig: Rig, name: string, asset: string) => plain(rig.venue.wallets.of(name, asset).free);
const locked = (rig: Rig, name: string, asset: string) => plain(rig.venue.wallets.of(name, asset).locked);

describe("spot", () => {
  test("a limit order takes what shows within its price, rests with the rest, and locks what it may cost", () => {
    const rig = new Rig();
    const order = rig.venue.place(rig.ann, rig.spec("buy", "3", "100.10", { clientId: "a" }));
    expect(order).toMatchObject({ status: "part-filled", filledQty: amount("2"), clientId: "a" });
    expect(free(rig, "ann", "BTC")).toBe("11.996"); // 2 less 0.2 % of it.
    expect(free(rig, "ann", "USDT")).toBe("99699.7"); // 200.2 paid, 100.1 locked.
    expect(locked(rig, "ann", "USDT")).toBe("100.1");
    expect(rig.told).toEqual(["ann order new 1 open", "ann order trade 1 part-filled 1"]);
    rig.venue.cancel(rig.ann, "SPOT", { clientId: "a" });
    expect(locked(rig, "ann", "USDT")).toBe("0");
    expect(rig.told.at(-1)).toBe("ann order canceled 1 canceled");
    expect(refused(() => rig.venue.cancel(rig.ann, "SPOT", { id: 1 }))).toBe("not-open");
    expect(refused(() => rig.venue.cancel(rig.bob, "SPOT", { id: 1 }))).toBe("unknown-order");
  });

  test("a better price leaves the difference free", () => {
    const rig = new Rig();
    rig.venue.place(rig.ann, rig.spec("buy", "1", "150"));
    expect(free(rig, "ann", "USDT")).toBe("99899.9");
    expect(locked(rig, "ann", "USDT")).toBe("0");
  });

  test("what one has taken is gone for the next, until the level shows another size", () => {
    const rig = new Rig();
    rig.venue.place(rig.ann, rig.spec("buy", "2", "100.10"));
    const second = rig.venue.place(rig.bob, rig.spec("buy", "1", "100.10", { timeInForce: "ioc" }));
    expect(second).toMatchObject({ status: "expired", reason: "unfillable", filledQty: ZERO });
    rig.show("spot", [["99.90", "2"]], [["100.10", "3"]]);
    expect(rig.venue.place(rig.bob, rig.spec("buy", "1", "100.10")).status).toBe("filled");
  });

  test("two accounts meet at the maker's price, with one trade id and a fee each", () => {
    const rig = new Rig();
    const maker = rig.venue.place(rig.ann, rig.spec("sell", "1", "100.05"));
    const taker = rig.venue.place(rig.bob, rig.spec("buy", "1"));
    expect([maker.status, taker.status]).toEqual(["filled", "filled"]);
    const [sold] = rig.venue.orders.fills("ann");
    const [bought] = rig.venue.orders.fills("bob");
    expect(sold).toMatchObject({ tradeId: 1, isMaker: true, fee: amount("0.10005"), feeAsset: "USDT" });
    expect(bought).toMatchObject({ tradeId: 1, isMaker: false, fee: amount("0.002"), feeAsset: "BTC" });
    expect(plain(rig.venue.wallets.of(FEES, "BTC").free)).toBe("0.002");
    expect(rig.venue.wallets.of(MARKET, "BTC").free).toBe(ZERO);
  });

  test("queue: what shows at the price trades first; a trade through the price fills at once", () => {
    const rig = new Rig();
    const order = rig.venue.place(rig.ann, rig.spec("buy", "1", "99.90"));
    rig.venue.onTrade("SPOT", amount("99.90"), amount("1.5"), "sell");
    expect(order.status).toBe("open");
    rig.venue.onTrade("SPOT", amount("99.90"), amount("0.7"), "sell");
    expect(plain(order.filledQty)).toBe("0.2");
    rig.venue.onTrade("SPOT", amount("99.85"), amount("5"), "sell");
    expect(order.status).toBe("filled");
    expect(rig.venue.orders.fills("ann").every((fill) => fill.isMaker)).toBe(true);
  });

  test("a book that moves through a resting order fills it", () => {
    const rig = new Rig();
    const order = rig.venue.place(rig.ann, rig.spec("sell", "1", "100.05"));
    rig.show("spot", [["100.06", "0.4"]], [["100.10", "2"]]);
    expect(plain(order.filledQty)).toBe("0.4");
    rig.show("spot", [["100.06", "0.4"]], [["100.10", "2"]]);
    expect(plain(order.filledQty)).toBe("0.4");
  });

  test("market by quote spends no more than that, in whole steps", () => {
    const rig = new Rig();
    const order = rig.venue.place(rig.ann, { ...rig.spec("buy", "1"), qty: undefined, quoteQty: amount("300") });
    expect(order).toMatchObject({ status: "filled", qty: amount("2.996") }); // 2 at 100.10, 0.996 at 100.20.
    expect(plain(order.filledQuote)).toBe("299.9992");
    const sell = rig.venue.place(rig.ann, { ...rig.spec("sell", "1"), qty: undefined, quoteQty: amount("50") });
    expect(plain(sell.filledQty)).toBe("0.5");
  });

  test("post-only, fill-or-kill, and an empty book", () => {
    const rig = new Rig();
    expect(refused(() => rig.venue.place(rig.ann, rig.spec("buy", "1", "100.10", { postOnly: true })))).toBe(
      "would-take",
    );
    const killed = rig.venue.place(rig.ann, rig.spec("buy", "3", "100.10", { timeInForce: "fok" }));
    expect(killed).toMatchObject({ status: "expired", reason: "unfillable", filledQty: ZERO });
    const strict = new Rig({ postOnlyThatTakes: "expire", fokUnfilled: "refuse", marketUnfilled: "refuse" });
    const late = strict.venue.place(strict.ann, strict.spec("buy", "1", "100.10", { postOnly: true }));
    expect(late).toMatchObject({ status: "expired", reason: "would-take" });
    expect(
      refused(() => strict.venue.place(strict.ann, strict.spec("buy", "3", "100.10", { timeInForce: "fok" }))),
    ).toBe("unfillable");
    strict.show("spot", [], []);
    expect(refused(() => strict.venue.place(strict.ann, strict.spec("buy", "1")))).toBe("no-liquidity");
  });

  test.each([
    ["none", "filled", "filled"],
    ["expire-maker", "prevented", "open"],
    ["expire-taker", "open", "prevented"],
    ["expire-both", "prevented", "prevented"],
    ["decrement", "prevented", "prevented"],
  ] as const)("self-trade prevention %s", (prevention, makerEnds, takerEnds) => {
    const rig = new Rig();
    const maker = rig.venue.place(rig.ann, rig.spec("sell", "1", "100"));
    const taker = rig.venue.place(rig.ann, rig.spec("buy", "1", "100", { prevention }));
    expect([maker.status, taker.status] as string[]).toEqual([makerEnds, takerEnds]);
    expect(rig.venue.orders.fills("ann")).toHaveLength(prevention === "none" ? 2 : 0);
  });

  test("decrement lets go of what it takes away, and what is left cannot be amended below it (seeds 1, 6)", () => {
    const rig = new Rig();
    const maker = rig.venue.place(rig.ann, rig.spec("sell", "3", "100"));
    rig.venue.place(rig.ann, rig.spec("buy", "1", "100", { prevention: "decrement" }));
    expect([maker.status, locked(rig, "ann", "BTC"), locked(rig, "ann", "USDT")]).toEqual(["open", "2", "0"]);
    expect(refused(() => rig.venue.amend(rig.ann, "SPOT", { id: maker.id }, { qty: amount("1") }))).toBe("amend-qty");
    rig.venue.amend(rig.ann, "SPOT", { id: maker.id }, { qty: amount("2") });
    expect(locked(rig, "ann", "BTC")).toBe("1");
  });

  test("fill-or-kill that would meet its own account's order is killed whole, unless the maker gives way", () => {
    const rig = new Rig();
    rig.venue.place(rig.bob, rig.spec("sell", "1", "100"));
    rig.venue.place(rig.ann, rig.spec("sell", "1", "100.05"));
    const fok = (prevention: "expire-taker" | "expire-maker") =>
      rig.venue.place(rig.ann, rig.spec("buy", "2", "100.10", { timeInForce: "fok", prevention }));
    expect(fok("expire-taker")).toMatchObject({ status: "expired", filledQty: ZERO });
    expect(fok("expire-maker").status).toBe("filled");
  });

  test("accounts of one trade group meet as one", () => {
    const rig = new Rig();
    const first = rig.venue.addAccount(account("x", { tradeGroup: 7 }));
    const second = rig.venue.addAccount(account("y", { tradeGroup: 7 }));
    rig.venue.place(first, rig.spec("sell", "1", "100"));
    expect(rig.venue.place(second, rig.spec("buy", "1", "100", { prevention: "expire-taker" })).status).toBe(
      "prevented",
    );
  });

  test("an iceberg shows a part, and goes to the back when it is eaten", () => {
    const rig = new Rig();
    const berg = rig.venue.place(rig.ann, rig.spec("sell", "3", "100", { displayQty: amount("1") }));
    const other = rig.venue.place(rig.bob, rig.spec("sell", "1", "100"));
    const carol = rig.venue.addAccount(account("carol"));
    rig.venue.place(carol, rig.spec("buy", "2", "100"));
    expect([plain(berg.filledQty), other.status]).toEqual(["1", "filled"]);
    rig.venue.place(carol, rig.spec("buy", "2", "100"));
    expect(berg.status).toBe("filled");
  });

  test("amend: less keeps its place, more or another price goes to the back, and may take", () => {
    const rig = new Rig();
    const first = rig.venue.place(rig.ann, rig.spec("sell", "2", "100"));
    rig.venue.place(rig.bob, rig.spec("sell", "1", "100"));
    rig.venue.amend(rig.ann, "SPOT", { id: first.id }, { qty: amount("1"), clientId: "renamed" });
    expect(locked(rig, "ann", "BTC")).toBe("1");
    const carol = rig.venue.addAccount(account("carol"));
    rig.venue.place(carol, rig.spec("buy", "1", "100"));
    expect(first).toMatchObject({ status: "filled", clientId: "renamed" });
    const low = rig.venue.place(rig.ann, rig.spec("buy", "1", "99"));
    expect(refused(() => rig.venue.amend(rig.ann, undefined, { id: low.id }, { qty: amount("1") }))).toBe("no-change");
    expect(refused(() => rig.venue.amend(rig.ann, undefined, { id: low.id }, { price: amount("99.001") }))).toBe(
      "price-tick",
    );
    expect(
      refused(() => rig.venue.amend(rig.ann, undefined, { id: low.id }, { qty: amount("1000"), price: amount("101") })),
    ).toBe("balance");
    expect(plain(low.qty)).toBe("1");
    rig.venue.amend(rig.ann, undefined, { id: low.id }, { price: amount("100") });
    expect(low.status).toBe("filled");
  });

  test("stops wait, lock, fire on the last price, and trail", () => {
    const rig = new Rig();
    const trigger = { price: amount("95"), rises: false, source: "last" as const };
    const stop = rig.venue.place(rig.ann, rig.spec("sell", "1", undefined, { trigger }));
    expect([stop.status, locked(rig, "ann", "BTC")]).toEqual(["waiting", "1"]);
    expect(
      refused(() =>
        rig.venue.place(rig.ann, rig.spec("sell", "1", undefined, { trigger: { ...trigger, price: amount("105") } })),
      ),
    ).toBe("would-trigger");
    rig.last.spot = "94";
    rig.venue.onTrade("SPOT", amount("94"), amount("0.1"), "sell");
    expect(stop).toMatchObject({ status: "filled", triggeredMs: rig.now });
    expect(rig.told).toEqual(["ann order new 1 waiting", "ann order triggered 1 open", "ann order trade 1 filled 1"]);
    const trail = { rate: amount("0.1"), from: undefined };
    const trailing = rig.venue.place(
      rig.ann,
      rig.spec("sell", "1", undefined, { trigger: { ...trigger, price: ZERO, trail } }),
    );
    for (const [price, status] of [
      ["100", "waiting"],
      ["110", "waiting"],
      ["99.5", "waiting"],
      ["98.9", "filled"],
    ] as const) {
      rig.last.spot = price;
      rig.venue.onTrade("SPOT", amount(price), amount("0.001"), "buy");
      expect([price, trailing.status]).toEqual([price, status]);
    }
  });

  test("client ids: unique among the open ones, or for ever", () => {
    const rig = new Rig();
    rig.venue.place(rig.ann, rig.spec("buy", "1", "99", { clientId: "c" }));
    expect(refused(() => rig.venue.place(rig.ann, rig.spec("buy", "1", "99", { clientId: "c" })))).toBe(
      "duplicate-client-id",
    );
    rig.venue.place(rig.bob, rig.spec("buy", "1", "99", { clientId: "c" }));
    rig.venue.cancel(rig.ann, undefined, { clientId: "c" });
    expect(rig.venue.place(rig.ann, rig.spec("buy", "1", "99", { clientId: "c" })).status).toBe("open");
    const forever = new Rig({ isClientIdForever: true });
    forever.venue.place(forever.ann, forever.spec("buy", "1", "99", { clientId: "c" }));
    forever.venue.cancelAll(forever.ann);
    expect(refused(() => forever.venue.place(forever.ann, forever.spec("buy", "1", "99", { clientId: "c" })))).toBe(
      "duplicate-client-id",
    );
  });

  test.each([
    ["1", "100.001", "price-tick"],
    ["1.0001", "100", "qty-step"],
    ["0.0001", "100", "qty-range"],
    ["0.001", "100", "notional"],
    ["1", "2000000", "price-range"],
    ["1000", "101", "balance"],
  ])("%s at %s is refused: %s", (qty, price, reason) => {
    const rig = new Rig();
    expect(refused(() => rig.venue.place(rig.ann, rig.spec("buy", qty, price)))).toBe(reason);
    expect(rig.told).toEqual([]);
  });

  test("fees in a third asset, with a quarter off, while there is enough of it", () => {
    const rig = new Rig();
    const dora = rig.venue.addAccount(account("dora", { feeAsset: "BTC", balances: { USDT: "1000", BTC: "1" } }));
    rig.venue.place(dora, rig.spec("sell", "0.5"));
    expect(rig.venue.orders.fills("dora")[0]).toMatchObject({ feeAsset: "BTC", fee: amount("0.00074925") });
  });

  test("orders of a day end with it, and a countdown cancels unless it is renewed", () => {
    const rig = new Rig();
    const dated = rig.venue.place(
      rig.ann,
      rig.spec("buy", "1", "99", { timeInForce: "gtd", expireMs: rig.now + 1_000 }),
    );
    const order = rig.venue.place(rig.ann, rig.spec("buy", "1", "99"));
    rig.venue.countdowns.arm("ann", "SPOT", rig.now + 500);
    rig.now += 400;
    rig.venue.countdowns.arm("ann", "SPOT", rig.now + 2_000);
    rig.now += 700;
    rig.venue.advance();
    expect([dated.status, dated.reason, order.status]).toEqual(["expired", "too-old", "open"]);
    rig.now += 2_000;
    rig.venue.advance();
    expect([order.status, order.reason]).toEqual(["canceled", "countdown"]);
  });
});

describe("derivatives", () => {
  const perp = (rig: Rig, side: "buy" | "sell", qty: string, price?: string, more = {}) =>
    rig.spec(side, qty, price, { symbol: "PERP", ...more });

  test("one-way: opens, adds, reduces, turns; profit and fee go to the wallet", () => {
    const rig = new Rig();
    rig.venue.place(rig.ann, perp(rig, "buy", "2"));
    const position = rig.venue.positions.of("ann", "PERP", "both");
    expect([plain(position.qty), plain(position.entry)]).toEqual(["2", "100.1"]);
    expect(free(rig, "ann", "USDT")).toBe("99999.5996");
    expect(plain(rig.venue.positions.unrealised(position))).toBe("-0.2");
    rig.show("perp", [["110", "5"]], [["110.1", "5"]]);
    rig.venue.place(rig.ann, perp(rig, "sell", "3"));
    expect([plain(position.qty), plain(position.entry), plain(position.realised)]).toEqual(["-1", "110", "19.8"]);
    expect(free(rig, "ann", "USDT")).toBe("100018.7396"); // + 19.8 − 0.66.
    expect(rig.updates.at(-1)?.positions).toEqual([{ symbol: "PERP", side: "both" }]);
  });

  test("reduce-only closes at most the position, and ends when it is gone", () => {
    const rig = new Rig();
    expect(refused(() => rig.venue.place(rig.ann, perp(rig, "sell", "1", undefined, { reduceOnly: true })))).toBe(
      "reduce-only",
    );
    rig.venue.place(rig.ann, perp(rig, "buy", "1"));
    const resting = rig.venue.place(rig.ann, perp(rig, "sell", "5", "101", { reduceOnly: true }));
    rig.venue.place(rig.ann, perp(rig, "sell", "3", undefined, { reduceOnly: true }));
    expect(rig.venue.positions.of("ann", "PERP", "both").qty).toBe(ZERO);
    expect([resting.status, resting.reason]).toEqual(["expired", "reduce-only"]);
  });

  test("a resting reduce-only order that the market reaches closes what is there, no more", () => {
    const rig = new Rig();
    rig.venue.place(rig.ann, perp(rig, "buy", "1"));
    const resting = rig.venue.place(rig.ann, perp(rig, "sell", "5", "101", { reduceOnly: true }));
    rig.venue.onTrade("PERP", amount("102"), amount("9"), "buy");
    expect(rig.venue.positions.of("ann", "PERP", "both").qty).toBe(ZERO);
    expect([resting.status, plain(resting.filledQty)]).toEqual(["expired", "1"]);
  });

  test("hedge mode has two positions, each closed by its own side", () => {
    const rig = new Rig();
    rig.venue.setHedged(rig.ann, true);
    expect(refused(() => rig.venue.setHedged(rig.ann, true))).toBe("no-change");
    expect(refused(() => rig.venue.place(rig.ann, perp(rig, "buy", "1")))).toBe("position-side");
    rig.venue.place(rig.ann, perp(rig, "buy", "1", undefined, { positionSide: "long" }));
    rig.venue.place(rig.ann, perp(rig, "sell", "1", undefined, { positionSide: "short" }));
    expect(plain(rig.venue.positions.of("ann", "PERP", "long").qty)).toBe("1");
    expect(plain(rig.venue.positions.of("ann", "PERP", "short").qty)).toBe("-1");
    expect(refused(() => rig.venue.place(rig.ann, perp(rig, "sell", "2", undefined, { positionSide: "long" })))).toBe(
      "reduce-only",
    );
    rig.venue.place(rig.ann, perp(rig, "sell", "1", undefined, { positionSide: "long" }));
    expect(refused(() => rig.venue.setHedged(rig.ann, false))).toBe("open-position");
  });

  test("margin: what positions and open orders need is not available; leverage counts", () => {
    const rig = new Rig();
    const poor = rig.venue.addAccount(account("poor", { balances: { USDT: "100" } }));
    expect(refused(() => rig.venue.place(poor, perp(rig, "buy", "30", "100")))).toBe("margin");
    rig.venue.setLeverage(poor, "PERP", 50);
    const order = rig.venue.place(poor, perp(rig, "buy", "30", "99"));
    expect(plain(rig.venue.positions.margin(poor, "USDT").orderMargin)).toBe("59.4");
    expect(refused(() => rig.venue.amend(poor, "PERP", { id: order.id }, { qty: amount("60") }))).toBe("margin");
    rig.venue.cancelAll(poor);
    expect(plain(rig.venue.positions.margin(poor, "USDT").available)).toBe("100");
    expect(refused(() => rig.venue.setLeverage(poor, "PERP", 500))).toBe("leverage");
  });

  test("funding: longs pay shorts by the mark", () => {
    const rig = new Rig();
    rig.venue.place(rig.ann, perp(rig, "buy", "1"));
    rig.venue.place(rig.bob, perp(rig, "sell", "1"));
    const before = [free(rig, "ann", "USDT"), free(rig, "bob", "USDT")];
    rig.venue.fund("PERP", amount("200"), amount("0.0001"));
    expect(before).toEqual(["99999.7998", "99999.8002"]);
    expect([free(rig, "ann", "USDT"), free(rig, "bob", "USDT")]).toEqual(["99999.7798", "99999.8202"]);
    expect(rig.told.slice(-2)).toEqual(["ann funding", "bob funding"]);
  });

  test("conditional orders apart from the book fire into a normal order, or are rejected", () => {
    const rig = new Rig();
    const { algos } = rig.venue;
    const trigger = { price: amount("105"), rises: true, source: "mark" as const };
    const spec = perp(rig, "buy", "1", undefined, { trigger, clientId: "algo" });
    expect(refused(() => algos.place("ann", { ...spec, trigger: { ...trigger, price: amount("90") } }))).toBe(
      "would-trigger",
    );
    const algo = algos.place("ann", spec);
    const hopeless = algos.place("ann", { ...spec, clientId: "other", reduceOnly: true, side: "buy" });
    const gone = algos.place("ann", { ...spec, clientId: "gone" });
    expect(refused(() => algos.place("ann", spec))).toBe("duplicate-client-id");
    algos.cancel("ann", { clientId: "gone" });
    rig.mark = "106";
    rig.venue.onMark("PERP");
    expect([algo.status, algo.order?.status, gone.status]).toEqual(["finished", "filled", "canceled"]);
    expect(hopeless).toMatchObject({ status: "rejected", failure: "reduce-only" });
    expect(algos.open("ann")).toEqual([]);
  });
});
