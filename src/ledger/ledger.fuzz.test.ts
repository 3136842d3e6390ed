/** Conservation: a BigInt bookkeeper that knows nothing of cost shares must agree with the ledger after every record. */

import { expect, test } from "bun:test";
import fc from "fast-check";
import { Wide } from "../core/wide.ts";
import { CashCause, Side } from "../model/order.ts";
import { TradingRecord } from "../model/record.ts";
import { BNB, big, Dice, ETH, type FillFacts, INSTRUMENTS, PERP, SPOT, TestLedger, USDT } from "./test_kit.ts";

const SCALE = process.env["MELTICA_FUZZ"] === "large" ? 10 : 1;
const UNIT = 10n ** 15n; // One quantity mantissa at scale 3, in 10^-18.

/** What must be true of money, without any idea of average cost. */
class Oracle {
  readonly cash = [0n, 0n, 0n];
  readonly fees = [0n, 0n, 0n];
  deposits = 0n;
  /** Signed quote flow of all fills: sells − buys; and quantity at 10^-18; by instrument. */
  readonly flow = [0n, 0n];
  readonly held = [0n, 0n];
  readonly parts = [
    [0n, 0n, 0n],
    [0n, 0n, 0n],
  ];

  fill(instrument: number, instance: number, qty: bigint, amount: bigint, fee: bigint, feeAsset: number): void {
    this.flow[instrument]! += qty > 0n ? -amount : amount;
    let moved = qty;
    this.cash[feeAsset]! -= fee;
    this.fees[feeAsset]! += fee;
    if (instrument === SPOT) {
      this.cash[USDT]! += qty > 0n ? -amount : amount;
      this.cash[ETH]! += qty;
      if (feeAsset === ETH) moved -= fee;
    }
    this.held[instrument]! += moved;
    this.parts[instrument]![instance]! += moved;
  }
}

function floorDiv(a: bigint, b: bigint): bigint {
  const q = a / b;
  return a % b < 0n ? q - 1n : q;
}

interface Past {
  readonly side: Side;
  readonly price: number;
  readonly qty: number;
  readonly facts: FillFacts;
}

function step(dice: Dice, t: TestLedger, oracle: Oracle, past: Past[]): void {
  const what = dice.below(12);
  if (what === 0) {
    const amount = BigInt(dice.below(2_000_000_000)) * 10n ** 12n;
    oracle.cash[USDT]! += amount;
    oracle.deposits += amount;
    t.move(USDT, CashCause.Deposit, amount);
    return;
  }
  let fill: Past;
  if (what === 1 && past.length > 0) {
    const [busted] = past.splice(dice.below(past.length), 1) as [Past];
    fill = { ...busted, facts: { ...busted.facts, bust: true } };
  } else {
    const instrument = dice.below(2);
    const feeAsset = [USDT, ETH, BNB][dice.below(3)] as number;
    const fee =
      (BigInt(dice.below(1_000_000)) * BigInt(dice.below(40_000_000_000)) - 10n ** 16n) * BigInt(dice.below(2));
    const price = 1 + dice.below(1_000_000);
    const qty = 1 + dice.below([3, 50, 100_000][dice.below(3)] as number);
    const exact = BigInt(price) * BigInt(qty) * 10n ** 13n;
    const stated = dice.below(4) === 0 ? { amount: exact + BigInt(dice.below(1_000_000)) } : {};
    const facts = { instrument, instance: dice.below(3), fee, feeAsset, ...stated };
    fill = { side: dice.below(2) === 0 ? Side.Buy : Side.Sell, price, qty, facts };
    past.push(fill);
  }
  const { side, price, qty, facts } = fill;
  t.fill(side, price, qty, facts);
  const sign = facts.bust === true ? -1n : 1n;
  const size = BigInt(qty) * UNIT * (side === Side.Buy ? 1n : -1n) * sign;
  const amount = facts.amount ?? BigInt(price) * BigInt(qty) * 10n ** 13n;
  oracle.fill(facts.instrument!, facts.instance!, size, amount, facts.fee! * sign, facts.feeAsset!);
}

function compare(t: TestLedger, oracle: Oracle, out: Wide): void {
  const { ledger } = t;
  let realizedPerp = 0n;
  for (const instrument of [SPOT, PERP]) {
    const qty = BigInt(ledger.positionQty(0, instrument, 0));
    equal(qty, floorDiv(oracle.held[instrument]!, UNIT), "position");
    for (const instance of [0, 1, 2]) {
      const part = BigInt(ledger.instancePositionQty(instance, 0, instrument, 0));
      equal(part, floorDiv(oracle.parts[instrument]![instance]!, UNIT), "part");
    }
    // Σ proceeds − Σ payments = realised − cost (long) or + cost (short); flat has no cost.
    const cost = big(ledger.cost(0, instrument, 0, out));
    const realized = big(ledger.realizedPnl(0, instrument, 0, out));
    if (instrument === PERP) realizedPerp = realized;
    equal(oracle.flow[instrument]!, realized - (qty >= 0n ? cost : -cost), "flow");
    if (qty === 0n && cost !== 0n) throw new Error("a flat position has a cost");
    if (cost < 0n) throw new Error("a negative cost");
  }
  // Perpetuals: only what is realised is in the cash.
  equal(big(ledger.cash(0, USDT, out)), oracle.cash[USDT]! + realizedPerp, "usdt");
  equal(big(ledger.cash(0, ETH, out)), oracle.cash[ETH]!, "eth");
  equal(big(ledger.cash(0, BNB, out)), oracle.cash[BNB]!, "bnb");
  for (const asset of [USDT, ETH, BNB]) equal(big(ledger.fees(0, asset, out)), oracle.fees[asset]!, "fees");
  for (const row of ledger.cashRows()) {
    equal(
      row.causes.reduce((sum, cause) => sum + big(cause), 0n),
      big(row.total),
      "causes",
    ); // Σ causes = cash.
  }
}

function equal(ours: bigint, theirs: bigint, what: string): void {
  if (ours !== theirs) throw new Error(`${what}: ledger ${ours}, oracle ${theirs}`);
}

/** cash + unrealised = deposits + Σ signed flow + quantity · mark − fees, for the perpetual and its settle asset. */
function equity(t: TestLedger, oracle: Oracle, mark: number, out: Wide): void {
  const cash = big(t.ledger.cash(0, USDT, out)) - (oracle.cash[USDT]! - oracle.deposits + oracle.fees[USDT]!);
  const unrealized = big(t.ledger.unrealizedPnl(0, PERP, 0, mark, out));
  const marked = (oracle.held[PERP]! / UNIT) * BigInt(mark) * 10n ** 13n;
  equal(cash + unrealized, oracle.deposits - oracle.fees[USDT]! + oracle.flow[PERP]! + marked, "equity");
}

test("nothing is lost or made: 50,000 random sequences of fills, busts, fees, rebates and deposits", () => {
  const out = new Wide();
  let fills = 0;
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const dice = new Dice(seed);
      const t = new TestLedger();
      const oracle = new Oracle();
      const past: Past[] = [];
      const steps = 2 + dice.below(10);
      for (let i = 0; i < steps; i++) step(dice, t, oracle, past);
      compare(t, oracle, out);
      equity(t, oracle, 1 + dice.below(1_000_000), out);
      equal(BigInt(t.ledger.refusedCount), 0n, "refused");
      fills += past.length;
    }),
    { numRuns: 50_000 * SCALE },
  );
  expect(fills).toBeGreaterThan(100_000);
}, 120_000);

test("long sequences, compared after every record, with a rescale on the way", () => {
  const out = new Wide();
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const dice = new Dice(seed);
      const t = new TestLedger();
      const oracle = new Oracle();
      const past: Past[] = [];
      for (let i = 0; i < 150; i++) {
        step(dice, t, oracle, past);
        compare(t, oracle, out);
      }
      const before = [0, 1, 2].map((i) => t.ledger.instancePositionQty(i, 0, PERP, 0));
      t.define({ ...INSTRUMENTS[PERP]!, revision: 2, qtyScale: 6 });
      expect([0, 1, 2].map((i) => t.ledger.instancePositionQty(i, 0, PERP, 0))).toEqual(before.map((q) => q * 1_000));
      t.define({ ...INSTRUMENTS[SPOT]!, revision: 2, qtyScale: 6 });
      expect(BigInt(t.ledger.positionQty(0, SPOT, 0))).toBe(floorDiv(oracle.held[SPOT]!, UNIT / 1_000n));
      equity(t, oracle, 12_345, out);
    }),
    { numRuns: 200 * SCALE },
  );
}, 120_000);

test("apply is total, and the hash is a function of the records", () => {
  const small = fc.integer({ min: -1, max: 4 });
  const number = fc.oneof(fc.double(), fc.maxSafeInteger(), fc.integer(), small, fc.constant(2 ** 53));
  const names = Object.keys(new TradingRecord()).filter(
    (name) => typeof (new TradingRecord() as never)[name] === "number",
  );
  const texts = fc.oneof(fc.string(), fc.json(), fc.constant(JSON.stringify({ ...INSTRUMENTS[0], revision: 2 })));
  // Mostly sensible records with a few wild columns: wild ones alone would never get past the first check.
  const wild = fc.dictionary(fc.constantFrom(...names), number, { maxKeys: 4 });
  const kind = fc.constantFrom(2, 4, 22, 22, 22, 22, 30, 32, 32, 10, 43, 43, 43, 44, 52);
  fc.assert(
    fc.property(fc.array(fc.tuple(kind, wild, texts, small), { maxLength: 12 }), (rows) => {
      const [one, two] = [new TestLedger(), new TestLedger()];
      for (const [kindOf, columns, text, n] of rows) {
        const base = {
          instrumentRevision: 1,
          side: Side.Buy,
          price: 2 ** 50,
          qty: 1_000 + n,
          asset: 1,
          code: 5,
          instance: 1,
        };
        const record = Object.assign(new TradingRecord(), base, columns, { kind: kindOf, text });
        for (const t of [one, two]) t.ledger.apply(record);
      }
      expect(one.hash.text()).toBe(two.hash.text());
      for (const row of one.ledger.cashRows()) {
        equal(
          row.causes.reduce((sum, cause) => sum + big(cause), 0n),
          big(row.total),
          "causes",
        );
      }
    }),
    { numRuns: 3_000 * SCALE },
  );
}, 120_000);
