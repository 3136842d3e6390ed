/** Whatever accounts do: nothing appears or vanishes, locks are what open orders may cost, and no account owes spot assets. */

import { expect, test } from "bun:test";
import fc from "fast-check";
import { type Amount, amount, times, whole, ZERO } from "./amount.ts";
import { isAlive, leavesOf, type OrderSpec, type Prevention } from "./order.ts";
import { Refusal } from "./refusal.ts";
import { account, Rig } from "./trading.testing.ts";
import { OUTSIDE } from "./wallets.ts";

const PREVENTIONS: readonly Prevention[] = ["none", "expire-taker", "expire-maker", "expire-both", "decrement"];

const step = fc.record({
  kind: fc.constantFrom(
    "place",
    "place",
    "place",
    "place",
    "cancel",
    "amend",
    "trade",
    "show",
    "cancel-all",
    "fund",
    "wait",
  ),
  who: fc.constantFrom("ann", "bob", "cat"),
  symbol: fc.constantFrom("SPOT", "SPOT", "PERP"),
  buys: fc.boolean(),
  price: fc.integer({ min: 9_950, max: 10_050 }),
  qty: fc.integer({ min: 1, max: 5_000 }),
  shape: fc.constantFrom(
    "limit",
    "limit",
    "limit",
    "post",
    "ioc",
    "fok",
    "market",
    "by-quote",
    "iceberg",
    "stop",
    "reduce",
    "gtd",
  ),
  prevention: fc.constantFrom(...PREVENTIONS),
  pick: fc.nat({ max: 100 }),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function cents(price: number): Amount {
  return whole(price) / whole(100) === ZERO ? ZERO : (whole(price) * amount("0.01")) / whole(1);
}

function milli(qty: number): Amount {
  return (whole(qty) * amount("0.001")) / whole(1);
}

function specOf(rig: Rig, at: Step): OrderSpec {
  const price = cents(at.price);
  const base = rig.spec(at.buys ? "buy" : "sell", "1", "100", { symbol: at.symbol, prevention: at.prevention });
  const limit: OrderSpec = { ...base, price, qty: milli(at.qty) };
  const market: OrderSpec = { ...limit, type: "market", price: undefined, timeInForce: "ioc" };
  switch (at.shape) {
    case "post":
      return { ...limit, postOnly: true };
    case "ioc":
    case "fok":
      return { ...limit, timeInForce: at.shape };
    case "market":
      return market;
    case "by-quote":
      return { ...market, qty: undefined, quoteQty: milli(at.qty * 100) };
    case "iceberg":
      return { ...limit, displayQty: milli(Math.max(1, Math.floor(at.qty / 3))) };
    case "stop":
      return { ...(at.qty % 2 === 0 ? limit : market), trigger: { price, rises: at.buys, source: "last" } };
    case "reduce":
      return at.symbol === "PERP" ? { ...limit, reduceOnly: true } : limit;
    case "gtd":
      return { ...limit, timeInForce: "gtd", expireMs: rig.now + at.qty };
    default:
      return limit;
  }
}

function act(rig: Rig, at: Step): void {
  const { venue } = rig;
  const who = venue.account(at.who);
  const open = venue.orders.open(at.who);
  const picked = open[at.pick % Math.max(1, open.length)];
  const name = at.symbol === "SPOT" ? "spot" : "perp";
  const text = (price: number) => (price / 100).toFixed(2);
  if (at.kind === "place") venue.place(who, specOf(rig, at));
  else if (at.kind === "cancel" && picked !== undefined) venue.cancel(who, picked.symbol, { id: picked.id });
  else if (at.kind === "amend" && picked !== undefined) {
    venue.amend(who, picked.symbol, { id: picked.id }, { price: cents(at.price), qty: milli(at.qty) });
  } else if (at.kind === "trade") {
    rig.last[name] = text(at.price);
    venue.onTrade(at.symbol, cents(at.price), milli(at.qty), at.buys ? "buy" : "sell");
  } else if (at.kind === "show") {
    const size = (at.qty / 1_000).toFixed(3);
    rig.show(
      name,
      [
        [text(at.price - 3), size],
        [text(at.price - 9), "3"],
      ],
      [
        [text(at.price + 2), size],
        [text(at.price + 8), "3"],
      ],
    );
  } else if (at.kind === "cancel-all") venue.cancelAll(who, at.symbol);
  else if (at.kind === "fund") venue.fund("PERP", amount("100"), amount("0.0003"));
  else if (at.kind === "wait") {
    rig.now += at.qty;
    venue.advance();
  }
}

/** From the updates alone, as a client would reckon. */
function expectedBalance(rig: Rig, name: string, asset: string): Amount {
  let sum = asset === "USDT" ? amount("100000") : amount("10");
  for (const { account: owner, cause, delta, fill } of rig.updates) {
    if (owner !== name) continue;
    if (cause === "funding" && delta?.asset === asset) sum += delta.amount;
    if (fill === undefined) continue;
    if (fill.feeAsset === asset) sum -= fill.fee;
    if (fill.symbol === "PERP") sum += asset === "USDT" ? fill.pnl : ZERO;
    else {
      const gets = (fill.side === "buy") === (asset === "BTC");
      const size = asset === "BTC" ? fill.qty : fill.quote;
      sum += gets ? size : -size;
    }
  }
  return sum;
}

function judge(rig: Rig): void {
  const { wallets, orders, positions } = rig.venue;
  for (const asset of ["USDT", "BTC"]) {
    expect(wallets.sum(asset)).toBe(ZERO);
    // What came from outside is all there is, and nothing was deposited meanwhile.
    expect(wallets.of(OUTSIDE, asset).free).toBe(asset === "USDT" ? -amount("300000") : -amount("30"));
  }
  for (const { name } of rig.venue.accounts) {
    const locks = new Map<string, Amount>();
    for (const order of orders.open(name)) {
      expect(isAlive(order)).toBe(true);
      expect(leavesOf(order) > ZERO).toBe(true);
      if (order.symbol !== "SPOT") continue;
      const price = order.type === "market" ? (order.trigger?.price as Amount) : order.price;
      const need = order.side === "buy" ? times(price, leavesOf(order)) : leavesOf(order);
      expect(order.locked).toBe(need);
      locks.set(order.lockAsset, (locks.get(order.lockAsset) ?? ZERO) + need);
    }
    for (const asset of ["USDT", "BTC"]) {
      expect(wallets.of(name, asset).locked).toBe(locks.get(asset) ?? ZERO);
      expect(wallets.of(name, asset).free >= ZERO).toBe(true);
    }
    // Balances are what was deposited, and what fills and funding say.
    for (const asset of ["USDT", "BTC"]) {
      const { free, locked } = wallets.of(name, asset);
      expect(free + locked).toBe(expectedBalance(rig, name, asset));
    }
    // Positions are the sums of fills.
    const net = orders.fills(name, "PERP").reduce((sum, { side, qty }) => sum + (side === "buy" ? qty : -qty), ZERO);
    expect(positions.of(name, "PERP", "both").qty).toBe(net);
  }
  // Each trade between two accounts has the same price and quantity on both sides.
  const byTrade = new Map<number, { price: Amount; qty: Amount }>();
  for (const { name } of rig.venue.accounts) {
    for (const fill of orders.fills(name)) {
      const other = byTrade.get(fill.tradeId);
      if (other !== undefined) expect([other.price, other.qty]).toEqual([fill.price, fill.qty]);
      byTrade.set(fill.tradeId, fill);
    }
  }
}

test("conservation", () => {
  const seed = Number.parseInt(process.env["MELTICA_SEED"] ?? "20261121", 10);
  process.stdout.write(`  seed ${seed}\n`);
  let refusals = 0;
  let fills = 0;
  const property = fc.property(fc.array(step, { minLength: 20, maxLength: 60 }), (steps) => {
    const rig = new Rig();
    rig.venue.addAccount(account("cat"));
    for (const at of steps) {
      try {
        act(rig, at);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        refusals++;
      }
    }
    judge(rig);
    for (const { name } of rig.venue.accounts) {
      rig.venue.cancelAll(rig.venue.account(name));
      fills += rig.venue.orders.fills(name).length;
    }
    judge(rig);
  });
  fc.assert(property, { numRuns: 300, seed });
  expect(refusals).toBeGreaterThan(100);
  expect(fills).toBeGreaterThan(1_000);
});
