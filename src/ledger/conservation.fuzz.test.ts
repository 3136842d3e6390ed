/** conservation: after every record of every sequence the ledger and an independent BigInt bookkeeper agree to the last unit. */

import { expect, test } from "bun:test";
import { StateReader, StateWriter } from "../core/state_bytes.ts";
import { Wide } from "../core/wide.ts";
import type { Instrument } from "../model/instrument.ts";
import { CashCause, InstrumentKind, Leg, Side } from "../model/order.ts";
import { RecordKind, TradingRecord } from "../model/record.ts";
import { PlainBooks, type PlainFill, type PlainListing, plainValue } from "./plain_books.testing.ts";
import { WHOLE } from "./position.ts";
import { BNB, big, Dice, ETH, INSTRUMENTS, limbs, TestLedger, USDT } from "./test_kit.ts";

const LARGE = process.env["MELTICA_FUZZ"] === "large";
const SEEDS = LARGE ? 20_000 : 400;
const STEPS = 60;
const LEGS = [Leg.Net, Leg.Long, Leg.Short] as const;
const ACCOUNTS = 2;
const INSTANCES = 4;
/** Spot, linear, inverse; then contracts of 0.05 and of 100. */
const EXTRA: readonly Instrument[] = [
  { ...(INSTRUMENTS[1] as Instrument), id: 3, name: "test:LIN", venueSymbol: "LIN", contractSize: 5, contractScale: 2 },
  { ...(INSTRUMENTS[2] as Instrument), id: 4, name: "test:INV", venueSymbol: "INV", settle: "ETH", contractSize: 100 },
];

class Run {
  readonly t = new TestLedger();
  readonly books: PlainBooks;
  readonly past: { readonly record: TradingRecord; readonly fill: PlainFill }[] = [];
  /** Of quantity and price, by revision (from 1) and instrument. */
  readonly scales: [priceScale: number, qtyScale: number][][];
  rescaled = 0;

  constructor(readonly dice: Dice) {
    for (const instrument of EXTRA) this.t.define(instrument);
    const all = [...INSTRUMENTS, ...EXTRA];
    this.scales = all.map(({ priceScale, qtyScale }) => [[priceScale, qtyScale]]);
    const asset = (code: string) => this.t.ledger.assetId(code) as number;
    this.books = new PlainBooks(
      all.map((i): PlainListing => {
        const money = asset(i.kind === InstrumentKind.Spot ? i.quote : i.settle);
        const contract = BigInt(i.contractSize ?? 1);
        return { kind: i.kind, base: asset(i.base), money, contract, contractScale: i.contractScale ?? 0 };
      }),
    );
  }

  step(): void {
    const what = this.dice.below(20);
    if (what === 0) this.deposit();
    else if (what === 1) this.funding();
    else if (what === 2) this.adjust();
    else if (what === 3) this.rescale();
    else if (what <= 5 && this.past.length > 0) this.bust();
    else this.fill();
  }

  fill(): void {
    const { dice, t } = this;
    const instrument = dice.below(5);
    const revisions = this.scales[instrument] as [number, number][];
    // Late fills carry mantissas of older revisions.
    const revision = dice.below(3) === 0 ? 1 + dice.below(revisions.length) : revisions.length;
    const [priceScale, qtyScale] = revisions[revision - 1] as [number, number];
    const record = new TradingRecord().reset(RecordKind.OrderFilled);
    record.account = dice.below(ACCOUNTS);
    record.instance = dice.below(INSTANCES);
    record.instrument = instrument;
    record.instrumentRevision = revision;
    record.leg = instrument === 0 ? Leg.Net : dice.of(LEGS);
    record.side = dice.of([Side.Buy, Side.Sell]);
    record.price = 1 + dice.below(dice.of([3, 1_000, 1_000_000]));
    record.qty = 1 + dice.below(dice.of([3, 50, 100_000]));
    const listing = this.books.listings[instrument] as PlainListing;
    const size = BigInt(record.qty);
    const exact = plainValue(listing, size, qtyScale, BigInt(record.price), priceScale);
    const stated = dice.below(4) === 0 ? exact + BigInt(dice.below(1_000_000)) : 0n;
    const fee = (BigInt(dice.below(1_000_000)) * BigInt(dice.below(40_000_000)) - 10n ** 12n) * BigInt(dice.below(2));
    record.feeAsset = dice.of([USDT, ETH, BNB]);
    [record.feeHi, record.feeLo] = limbs(fee);
    [record.amountHi, record.amountLo] = limbs(stated);
    const { account, instance, leg, feeAsset } = record;
    const qty = record.side === Side.Buy ? size : -size;
    const price = BigInt(record.price);
    const fill = { account, instance, instrument, leg, qty, qtyScale, price, priceScale, stated, fee, feeAsset };
    t.ledger.apply(record);
    this.books.fill(fill, 1n);
    this.past.push({ record, fill });
  }

  bust(): void {
    const [past] = this.past.splice(this.dice.below(this.past.length), 1);
    if (past === undefined) return;
    this.t.ledger.apply(new TradingRecord().copyFrom(past.record, RecordKind.FillBusted));
    this.books.fill(past.fill, -1n);
  }

  deposit(): void {
    const { dice } = this;
    const cause = dice.of([CashCause.Deposit, CashCause.Withdrawal, CashCause.Interest, CashCause.Adjustment]);
    const [asset, account] = [dice.below(3), dice.below(ACCOUNTS)];
    const amount = BigInt(dice.below(2_000_000_000) - 1_000_000_000) * 10n ** 11n;
    this.t.move(asset, cause, amount, account);
    this.books.move(this.books.cash, `${account}:${asset}:${cause}`, amount);
  }

  funding(): void {
    const { dice, t } = this;
    const record = new TradingRecord().reset(RecordKind.CashMoved);
    record.account = dice.below(ACCOUNTS);
    record.instrument = 1 + dice.below(4);
    record.instrumentRevision = 1;
    record.leg = dice.of(LEGS);
    record.code = CashCause.Funding;
    record.asset = (this.books.listings[record.instrument] as PlainListing).money;
    const amount = BigInt(dice.below(2_000_000_000) - 1_000_000_000) * BigInt(1 + dice.below(1_000_000));
    [record.amountHi, record.amountLo] = limbs(amount);
    const { account, instrument, leg, asset } = record;
    const isKnown = t.ledger.position(account, instrument, leg) !== undefined;
    t.ledger.apply(record);
    this.books.move(this.books.cash, `${account}:${asset}:${CashCause.Funding}`, amount);
    if (isKnown) this.books.move(this.books.funding, `${account}:${instrument}:${leg}`, amount);
  }

  adjust(): void {
    const { dice, t, books } = this;
    const record = new TradingRecord().reset(RecordKind.PositionAdjusted);
    record.account = dice.below(ACCOUNTS);
    record.instance = dice.below(2);
    record.instrument = dice.below(5);
    const revisions = this.scales[record.instrument] as [number, number][];
    record.instrumentRevision = revisions.length;
    record.leg = record.instrument === 0 ? Leg.Net : dice.of(LEGS);
    record.side = dice.of([Side.Buy, Side.Sell]);
    record.qty = dice.below(4) === 0 ? 0 : dice.below(100_000);
    record.price = dice.below(3) * (1 + dice.below(100_000));
    const { account, instance, instrument, leg } = record;
    const owners = [WHOLE, instance];
    const rows = () => owners.map((o) => this.row(o, account, instrument, leg)?.adjusted);
    const before = rows().map((w) => (w === undefined ? 0n : big(w)));
    const cash = this.account(account);
    const realized = this.realized(account, instrument, leg);
    const qtyScale = (revisions.at(-1) as [number, number])[1];
    const heldBefore = BigInt(t.ledger.positionQty(account, instrument, leg));
    t.ledger.apply(record);
    const target = record.side === Side.Buy ? record.qty : -record.qty;
    equal(BigInt(t.ledger.positionQty(account, instrument, leg)), BigInt(target), "the adjusted position");
    equal(this.realized(account, instrument, leg), realized, "an adjustment realises nothing");
    equal(this.account(account), cash, "an adjustment moves no cash");
    const delta = ((BigInt(target) - heldBefore) * 10n ** 18n) / 10n ** BigInt(qtyScale);
    rows().forEach((w, i) => {
      const owner = owners[i] === WHOLE ? `${account}` : `${account}/${instance}`;
      const key = `${owner}:${instrument}:${leg}`;
      books.move(books.flow, key, (w === undefined ? 0n : big(w)) - (before[i] as bigint));
      books.move(books.held, key, delta);
    });
    const moved = rows().map((w, i) => (w === undefined ? 0n : big(w)) - (before[i] as bigint));
    equal(moved[0] as bigint, moved[1] as bigint, "whole and part are adjusted alike");
  }

  /** Two decimals at most for each instrument: more would leave the range in a long run. */
  rescale(): void {
    const { dice, t } = this;
    const id = dice.below(5);
    const revisions = this.scales[id] as [number, number][];
    if (revisions.length > 2) return;
    const [priceScale, qtyScale] = revisions.at(-1) as [number, number];
    const next: [number, number] = [priceScale + dice.below(2), qtyScale + dice.below(2)];
    const known = t.instruments.get(id) as Instrument;
    t.define({ ...known, revision: revisions.length + 1, priceScale: next[0], qtyScale: next[1] });
    revisions.push(next);
    this.rescaled++;
  }

  row(instance: number, account: number, instrument: number, leg: number) {
    const { ledger } = this.t;
    return instance === WHOLE
      ? ledger.position(account, instrument, leg)
      : ledger.instancePosition(instance, account, instrument, leg);
  }

  realized(account: number, instrument: number, leg: number): bigint {
    return big(this.t.ledger.realizedPnl(account, instrument, leg, new Wide()));
  }

  account(account: number): bigint {
    const rows = this.t.ledger.cashRows().filter((row) => row.account === account);
    return rows.reduce((sum, row) => sum + big(row.total), 0n);
  }

  compare(): void {
    equal(BigInt(this.t.ledger.refusedCount), 0n, `refused (${this.t.ledger.lastRefusal})`);
    for (let account = 0; account < ACCOUNTS; account++) {
      for (let instrument = 0; instrument < 5; instrument++) {
        for (const leg of LEGS) this.comparePosition(account, instrument, leg);
      }
      this.compareCash(account);
    }
  }

  comparePosition(account: number, instrument: number, leg: number): void {
    const { books, t } = this;
    const listing = books.listings[instrument] as PlainListing;
    const isInverse = listing.kind === InstrumentKind.InversePerpetual;
    const unit = 10n ** BigInt(18 - (t.instruments.get(instrument) as Instrument).qtyScale);
    const mark = BigInt(1 + this.dice.below(1_000_000));
    let partProfit = 0n;
    let wholeProfit = 0n;
    let fundings = 0n;
    for (let instance = WHOLE; instance < INSTANCES; instance++) {
      const row = this.row(instance, account, instrument, leg);
      const key = `${instance === WHOLE ? account : `${account}/${instance}`}:${instrument}:${leg}`;
      const { qty, dust } = row?.holding ?? { qty: 0, dust: new Wide() };
      equal(BigInt(qty) * unit + big(dust), books.get(books.held, key), `held ${key}`);
      if (row === undefined) continue;
      const [cost, realized] = [big(row.cost), big(row.realized)];
      const isCostNegative = isInverse ? qty < 0 : qty >= 0;
      equal(realized + (isCostNegative ? -cost : cost), books.get(books.flow, key), `flow ${key}`);
      if (qty === 0) equal(cost, 0n, `cost of nothing ${key}`);
      if (cost < 0n) throw new Error(`a negative cost ${key}`);
      // At any mark, what the parts have made is what the whole has made (linear: whatever is owed moves in step).
      const value = isInverse ? 0n : plainValue({ ...listing }, BigInt(qty), 0, mark, 0) * BigInt(Math.sign(qty));
      const profit = books.get(books.flow, key) + value;
      if (instance === WHOLE) {
        wholeProfit = profit;
        equal(big(row.funding), books.get(books.funding, `${account}:${instrument}:${leg}`), `funding ${key}`);
      } else {
        partProfit += profit;
        fundings += big(row.funding);
      }
    }
    // Dust of base fees may stand in one mantissa of the whole and in none of the parts.
    if (instrument !== 0) equal(partProfit, wholeProfit, `profit ${account}:${instrument}:${leg}`);
    equal(fundings, books.get(books.funding, `${account}:${instrument}:${leg}`), "funding shares");
  }

  compareCash(account: number): void {
    const { books, t } = this;
    const { ledger } = t;
    const out = new Wide();
    for (const asset of [USDT, ETH, BNB]) {
      let total = 0n;
      for (const cause of [1, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14] as CashCause[]) {
        const ours = big(ledger.cashByCause(account, asset, cause, out));
        equal(ours, books.get(books.cash, `${account}:${asset}:${cause}`), `cause ${cause}`);
        total += ours;
      }
      const [trade, fee] = [`${account}:${asset}:trade`, `${account}:${asset}:fee`];
      equal(big(ledger.cashByCause(account, asset, CashCause.Trade, out)), books.get(books.cash, trade), trade);
      equal(big(ledger.cashByCause(account, asset, CashCause.Fee, out)), books.get(books.cash, fee), fee);
      const realized = big(ledger.cashByCause(account, asset, CashCause.RealizedPnl, out));
      const rows = ledger.rows().filter((row) => row.account === account && row.instrument !== 0);
      const paid = rows.filter((row) => (books.listings[row.instrument] as PlainListing).money === asset);
      equal(
        realized,
        paid.reduce((sum, row) => sum + big(row.realized), 0n),
        "realised cash",
      );
      total += realized + books.get(books.cash, trade) + books.get(books.cash, fee);
      equal(big(ledger.cash(account, asset, out)), total, "total");
      for (let instance = 0; instance < INSTANCES; instance++) {
        const row = ledger
          .instanceCashRows()
          .find((r) => [r.account, r.asset, r.instance].join() === `${account},${asset},${instance}`);
        const cause = (c: CashCause) => (row === undefined ? 0n : big(row.causes[c] as Wide));
        equal(cause(CashCause.Trade), books.get(books.cash, `${account}/${instance}:${asset}:trade`), "part trade");
        equal(cause(CashCause.Fee), books.get(books.cash, `${account}/${instance}:${asset}:fee`), "part fee");
        const parts = ledger
          .partRows()
          .filter((p) => p.account === account && p.instance === instance && p.instrument !== 0);
        const own = parts.filter((p) => (books.listings[p.instrument] as PlainListing).money === asset);
        equal(
          cause(CashCause.RealizedPnl),
          own.reduce((sum, p) => sum + big(p.realized), 0n),
          "part realised",
        );
        equal(
          cause(CashCause.Funding),
          own.reduce((sum, p) => sum + big(p.funding), 0n),
          "part funding",
        );
      }
    }
  }

  /** Bytes and back: the same hash, and the same behaviour from there on. */
  saved(): TestLedger {
    const writer = new StateWriter();
    this.t.ledger.save(writer);
    const again = new TestLedger(false);
    for (const instrument of this.t.instruments.all()) again.instruments.define({ ...instrument, revision: 1 });
    for (const instrument of this.t.instruments.all()) {
      for (let revision = 2; revision <= instrument.revision; revision++)
        again.instruments.define({ ...instrument, revision });
    }
    const reader = new StateReader(writer.bytes());
    again.ledger.load(reader);
    expect(reader.isAtEnd).toBe(true);
    return again;
  }
}

function equal(ours: bigint, theirs: bigint, what: string): void {
  if (ours !== theirs) throw new Error(`${what}: ledger ${ours}, books ${theirs}`);
}

function seeded(seed: number, act: (run: Run) => void): void {
  try {
    act(new Run(new Dice(seed)));
  } catch (error) {
    throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
  }
}

test("conservation: fills, busts, rescales, late fills, funding, adjustments and cash of every kind of instrument", () => {
  let fills = 0;
  let rescales = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    seeded(seed, (run) => {
      for (let i = 0; i < STEPS; i++) {
        run.step();
        if (i % 7 === 0 || i === STEPS - 1) run.compare();
      }
      fills += run.past.length;
      rescales += run.rescaled;
    });
  }
  expect(fills).toBeGreaterThan(SEEDS * 20);
  expect(rescales).toBeGreaterThan(SEEDS);
}, 600_000);

test("conservation through bytes: a ledger that was saved and loaded goes on as the one that was not", () => {
  for (let seed = 1_000_001; seed <= 1_000_000 + SEEDS / 4; seed++) {
    seeded(seed, (run) => {
      for (let i = 0; i < STEPS; i++) run.step();
      const loaded = run.saved();
      expect(loaded.hash.text()).toBe(run.t.hash.text());
      for (let i = 0; i < 20; i++) {
        const record = new TradingRecord().copyFrom(
          (run.past[i % Math.max(1, run.past.length)] as { record: TradingRecord }).record,
        );
        run.t.ledger.apply(record);
        loaded.ledger.apply(record);
      }
      expect(loaded.hash.text()).toBe(run.t.hash.text());
      expect(loaded.ledger.rows().map((row) => row.holding.qty)).toEqual(
        run.t.ledger.rows().map((row) => row.holding.qty),
      );
    });
  }
}, 600_000);
