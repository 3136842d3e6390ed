/** Random sessions with every kind of record, cut anywhere: saved, loaded and gone on with, nobody can tell the difference. */

import { expect, test } from "bun:test";
import { DEFAULT_LIMITS, type Limits } from "../core/limits.ts";
import { Prng } from "../core/prng.ts";
import { StateReader, StateWriter } from "../core/state_bytes.ts";
import { Wide } from "../core/wide.ts";
import type { DurableState } from "../engine/durable.ts";
import type { Position } from "../ledger/position.ts";
import type { OrderState } from "../model/order.ts";
import { RecordKind as K, Scope, type TradingRecord } from "../model/record.ts";
import { RandomSession } from "./journal_image.testing.ts";
import { JournalImage } from "./journal_image.ts";

const SEED = Number(process.env["MELTICA_SEED"] ?? 1);
const SESSIONS = process.env["MELTICA_FUZZ"] === "large" ? 5_000 : 40;
const STEPS = 700;
const CUTS = 4;
/** So small that every table is full and forgets. */
const LIMITS: Limits = {
  ...DEFAULT_LIMITS,
  ...{ instrumentsMax: 4, accountsMax: 3, instancesMax: 4, assetsMax: 8, ordersMax: 64, fillsMax: 128 },
  ...{ duplicatesMax: 16, movementsMax: 8, epochsMax: 4, historyRowsMax: 32 },
};

function saved(image: JournalImage): Uint8Array {
  const out = new StateWriter();
  image.save(out);
  return out.bytes();
}

function loaded(bytes: Uint8Array): JournalImage {
  const image = new JournalImage(LIMITS);
  const reader = new StateReader(bytes);
  image.load(reader);
  expect(reader.isAtEnd).toBe(true);
  return image;
}

const range = (count: number) => Array.from({ length: count }, (_, n) => n);
const pairs = () => range(2).flatMap((account) => range(2).map((instrument) => [account, instrument] as const));

/** All that the public methods say of one order. */
function orderAnswers({ orders, epochs }: DurableState, order: number) {
  if (!orders.has(order)) return undefined;
  const facts = [
    ...[orders.state(order), orders.side(order), orders.price(order), orders.qty(order), orders.cumQty(order)],
    ...[orders.leavesQty(order), orders.priceMax(order), orders.qtyMax(order), orders.pendingPrice(order)],
    ...[orders.pendingQty(order), orders.missingQty(order), orders.filledQty(order), orders.flags(order)],
    ...[orders.instrumentRevision(order), orders.instance(order), orders.leg(order), orders.orderType(order)],
    ...[orders.attempt(order), orders.code(order), orders.timeUs(order), orders.changedRecord(order)],
    ...[orders.isReplaceReleased(order), orders.venueOrderId(order), orders.why(order), orders.isAccepted(order)],
    ...[orders.isAwaited(order), orders.isWanted(order), epochs.epochOf(order), orders.fitsQty(order, 7)],
    ...[orders.inferred.get(order), orders.adopted.idOf(order), orders.timeInForce(order)],
  ];
  const { held } = orders;
  const terms = [
    ...[held.parent(order), held.group(order), held.placedType(order), held.triggerPrice(order)],
    ...[held.trailOffset(order), held.expireUs(order), held.ownQty(order), held.watermark(order)],
    ...[held.parentFilled(order), held.groupFilled(order), held.isParent(order), held.childFilled(order)],
    ...[held.isExitDone(order), held.isLinked(order), held.isArmed(order), held.targetQty(order)],
  ];
  return [facts, terms];
}

function listAnswers({ orders }: DurableState) {
  const walk = (first: number, next: (order: number) => number) => {
    const list: number[] = [];
    for (let order = first; order !== 0; order = next(order)) list.push(order);
    return list;
  };
  const ids = range(60).flatMap((n) => range(2).map((account) => orders.orderByVenueId(account, `V${n}`)));
  return [
    walk(orders.firstOpenAll(), (order) => orders.nextOpenAll(order)),
    walk(orders.firstHeldAll(), (order) => orders.nextHeldAll(order)),
    walk(orders.firstEnded(), (order) => orders.nextEnded(order)),
    pairs().map(([account, instrument]) => [
      walk(orders.firstOpen(account, instrument), (order) => orders.nextOpen(order)),
      [orders.openBuyQty(account, instrument), orders.openSellQty(account, instrument)],
      [orders.openCount(account, instrument), orders.held.countOf(account, instrument)],
    ]),
    range(2).map((instrument) => walk(orders.held.firstOf(instrument), (order) => orders.held.nextOf(order))),
    [orders.nextOrder, orders.openCountAll(), orders.held.count, orders.hasRoom(), orders.hasRoomFor(9)],
    [orders.fills.count, orders.inferred.orders(), orders.adopted.count, ids],
    range(30).map((n) => range(2).map((account) => orders.adopted.orderOf(account, `c${n}`))),
  ];
}

function ledgerAnswers({ ledger }: DurableState) {
  const wide = new Wide();
  const text = (amount: Readonly<Wide>) => `${amount.hi}/${amount.lo}`;
  const position = (row: Readonly<Position>) => {
    const { account, instrument, leg, instance, holding } = row;
    const sums = [row.cost, row.realized, row.funding, row.adjusted, row.volumeQty, row.volumeAmount, holding.dust];
    const average = ledger.averageEntry(account, instrument, leg, instance);
    return [account, instrument, leg, instance, holding.qty, holding.qtyScale, row.fillCount, average, sums.map(text)];
  };
  const cash = [...ledger.cashRows(), ...ledger.instanceCashRows()];
  return [
    [...ledger.rows(), ...ledger.partRows()].map(position),
    pairs().map(([account, instrument]) => ledger.partsOf(account, instrument, 0).map(position)),
    cash.map(({ account, asset, instance, total, causes }) => [
      account,
      asset,
      instance,
      text(total),
      causes.map(text),
    ]),
    pairs().map(([account, instrument]) => ledger.leverage(account, instrument)),
    ledger.breaks.all().map(({ account, asset, theirs, ours }) => [account, asset, text(theirs), text(ours)]),
    range(2).map((instrument) => ledger.listing(instrument)),
    range(3).map((asset) => [ledger.assetCode(asset), text(ledger.fees(0, asset, wide))]),
    [ledger.refusedCount, ledger.lastRefusal, ledger.statedAmountDiffers, ledger.adjustedWithoutPrice],
  ];
}

function riskAnswers({ risk, timeUs }: DurableState, orders: readonly TradingRecord[]) {
  const levels = risk.levels().map((level) => {
    const { newOrders, cancels, amends, executions, refusals, outcomes } = level;
    const windows = [newOrders, cancels, amends, executions, refusals].map((window) =>
      range(window.capacity).map((count) => [1, 4, 9].map((ms) => window.allows(timeUs, count + 1, 1_000 * ms))),
    );
    const ring = [outcomes.capacity, outcomes.count, outcomes.rejects, outcomes.mark, outcomes.isOver(3_000)];
    const marks = [level.losingTrips, level.dayEndUs, level.dayBase, level.peak, level.isFree];
    const facts = [level.scope, level.key, level.venue, level.text, level.set, level.tradingState, level.breakers];
    return [facts, windows, ring, marks];
  });
  const kills = range(3).map((n) =>
    [Scope.Instance, Scope.Instrument, Scope.Account, Scope.Firm].map((scope) => risk.kills.holds(scope, n)),
  );
  return [
    levels,
    [kills, risk.kills.venues(), risk.kills.count, risk.ignoredCount],
    range(2).map((account) => [risk.arming.isReal(account), risk.arming.isArmed(account), risk.arming.build(account)]),
    [risk.overrides.all(), orders.map((order) => risk.overrides.covers(order, timeUs))],
    [...risk.trips.rows()],
    orders.map((order) => [3, 30].map((ms) => risk.duplicates.has(order, timeUs, 1_000 * ms))),
  ];
}

/** What anybody can ask, as plain data. */
function answers(image: JournalImage, placed: readonly TradingRecord[]): unknown {
  const { state, session, control } = image;
  const { readiness, accounts, instances, instruments, epochs } = state;
  const numbers = range(state.orders.nextOrder + 1);
  return structuredClone([
    [state.hash(), state.record, state.input, state.timeUs, epochs.current],
    [accounts.all(), instruments.all(), range(instances.count + 1).map((id) => instances.get(id))],
    numbers.map((order) => orderAnswers(state, order)),
    listAnswers(state),
    ledgerAnswers(state),
    riskAnswers(state, placed.slice(-40)),
    pairs().map(([account, instrument]) => [readiness.of(account, instrument), readiness.whyOf(account, instrument)]),
    range(2).map((account) => [readiness.ofAccount(account), readiness.whyOf(account)]),
    [readiness.breaks(), readiness.cashBreaks()],
    [session.limitsHash, [...session.lastPrices]],
    range(40).map((n) => control.keys.get(`key-${n}`)),
    [control.keys.size, control.fills.count, control.fills.first, control.fills.last(100)],
    [[...control.instanceWhys], [...control.kills], numbers.map((order) => control.orderUpdatedUs(order))],
    range(12).map((revision) => [control.scales(0, revision), control.scales(1, revision)]),
  ]);
}

test(`${SESSIONS} random sessions, each cut at ${CUTS} records: the same answers, hashes and bytes`, () => {
  const kinds = new Set<K>();
  const states = new Set<OrderState>();
  for (let n = 0; n < SESSIONS; n++) {
    const chance = new Prng(SEED * 1_000_003 + n);
    const session = new RandomSession(LIMITS, chance);
    for (let step = 0; step < STEPS; step++) session.step();
    const { records, image: whole } = session;
    const placed = records.filter(({ kind }) => kind === K.OrderIntent);
    for (const kind of session.kinds) kinds.add(kind);
    for (const { order } of placed) states.add(whole.state.orders.state(order));
    const end = answers(whole, placed);
    const bytes = saved(whole);
    const cuts = range(CUTS).map(() => chance.nextBelow(records.length));
    const running = new JournalImage(LIMITS);
    records.forEach((record, at) => {
      running.take(record);
      if (!cuts.includes(at)) return;
      const where = `seed ${SEED}, session ${n}, cut at ${record.record}`;
      const copy = loaded(saved(running));
      expect([where, answers(copy, placed)]).toEqual([where, answers(running, placed)]);
      for (const next of records.slice(at + 1)) copy.take(next);
      expect([where, answers(copy, placed)]).toEqual([where, end]);
      expect([where, Buffer.compare(saved(copy), bytes)]).toEqual([where, 0]);
    });
  }
  const journaled = Object.values(K).filter((kind): kind is K => typeof kind === "number" && kind < K.StatedOrder);
  expect(journaled.filter((kind) => !kinds.has(kind)).map((kind) => K[kind])).toEqual([]);
  expect(states.size).toBeGreaterThan(10);
}, 3_600_000);
