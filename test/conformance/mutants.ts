/** Faults planted in an adapter, one at a time, at its edges: what it tells, what it sends, what it decodes. */

import type { Adapter } from "../../src/certify/adapter.ts";
import type { Hooks } from "../../src/certify/live_account.ts";
import { simulatedSubject } from "../../src/certify/simulated.ts";
import { CARDS, runCard } from "../../src/certify/suite.ts";
import { Code } from "../../src/core/code.ts";
import type { VenueGateway } from "../../src/engine/ports.ts";
import {
  F64_A,
  F64_B,
  SLOT_BYTES,
  SLOT_F64,
  SlotFlag,
  SlotKind,
  U8_FLAGS,
  U8_KIND,
} from "../../src/model/market_slot.ts";
import { Side } from "../../src/model/order.ts";
import { RecordKind as K, StreamState, TradingRecord, VenueOrderStatus } from "../../src/model/record.ts";
import type { MarketLane } from "../../src/ring/market_lane.ts";
import type { Approved } from "../../src/risk/approved.ts";
import type { LiveGateway } from "../../src/venue/wire/live_gateway.ts";
import type { ReportSink } from "../../src/venue/wire/outbox.ts";

export interface Mutant {
  readonly name: string;
  /** Cards that are tried first: those that should notice. */
  readonly cards: readonly string[];
  /** It needs positions, or amends, batches, a dead-man switch, to show. */
  readonly needs?: "positions" | "amend" | "batch" | "deadMan";
  /** One of those that `npm test` plants too. */
  readonly isShort?: true;
  make(): Hooks;
}

/** Undefined: a card failed, as it must; else what is wrong. */
export async function hunt(adapter: Adapter, mutant: Mutant): Promise<string | undefined> {
  const subject = simulatedSubject(adapter, mutant.make());
  const way = MARKET_MUTANTS.includes(mutant) || FORCED_MUTANTS.includes(mutant) ? "look" : "run";
  const first = mutant.cards.flatMap((number) => CARDS.filter((card) => card.number === number));
  for (const card of [...first, ...CARDS.filter((each) => way in each && !first.includes(each))]) {
    const { verdict, reason } = await runCard(card, subject);
    // What the adapter cannot do cannot be done wrong.
    if (verdict === "skip" && mutant.needs !== undefined && first.includes(card)) return undefined;
    if (verdict === "fail") return reason.startsWith("it threw") ? `${card.number}: ${reason}` : undefined;
  }
  return "no card noticed";
}

/** Every record that is told, changed by `change`; `false` = not told at all. */
function told(change: (record: TradingRecord) => boolean | undefined): () => Hooks {
  return () => ({
    sink: (real) => ({
      put(record) {
        const copy = new TradingRecord().copyFrom(record);
        return change(copy) === false ? true : real.put(copy);
      },
    }),
  });
}

/** A gateway in front of the real one. */
function sent(change: (real: LiveGateway, sink: ReportSink) => Partial<VenueGateway>): () => Hooks {
  return () => ({
    gateway: (real, sink) => {
      const own: VenueGateway = {
        account: real.account,
        venue: real.venue,
        capabilities: real.capabilities,
        open: (effect) => real.open(effect),
        close: (effect) => real.close(effect),
        closeAll: (instrument) => real.closeAll(instrument),
        query: (query) => real.query(query),
      };
      return { ...own, ...change(real, sink) };
    },
  });
}

/** An order whose columns were changed before it was encoded. */
function encoded(change: (record: TradingRecord) => void): () => Hooks {
  return sent((real) => ({
    open(effect) {
      const copy = new TradingRecord().copyFrom(effect);
      change(copy);
      return real.open(copy as Readonly<TradingRecord> as Approved);
    },
  }));
}

/** Slots of some kinds, changed before the market takes them. */
function decoded(kinds: readonly SlotKind[], change: (lane: MarketLane, slot: number) => void): () => Hooks {
  return () => ({
    slot: (lane, slot) => {
      if (kinds.includes(lane.u8[slot * SLOT_BYTES + U8_KIND] as SlotKind)) change(lane, slot);
    },
  });
}

/** A dead-man switch that passes on only some of what is asked. */
function armed(passes: (count: number, countdownMs: number) => boolean): () => Hooks {
  return () => {
    let count = 0;
    return {
      live: (real) => ({
        status: () => real.status(),
        probe: (done) => real.probe(done),
        clock: real.clock,
        batchMax: real.batchMax,
        armDeadMan: (instrument, countdownMs, done) =>
          passes(++count, countdownMs) ? real.armDeadMan(instrument, countdownMs, done) : Code.Ok,
      }),
    };
  };
}

/** Rates are told with the sign of the venue that says what one gets. */
const turnedFees: Mutant["make"] = () => ({
  live: (real) => ({
    status: () => {
      const status = real.status();
      return { ...status, fees: status.fees.map((fee) => ({ ...fee, maker: -fee.maker, taker: -fee.taker })) };
    },
    probe: (done) => real.probe(done),
    clock: real.clock,
    batchMax: real.batchMax,
    armDeadMan: (instrument, countdownMs, done) => real.armDeadMan(instrument, countdownMs, done),
  }),
});

const swap = (side: number) => (side === Side.Buy ? Side.Sell : Side.Buy);
const flipSide = (lane: MarketLane, slot: number) => {
  lane.u8[slot * SLOT_BYTES + U8_FLAGS] = (lane.u8[slot * SLOT_BYTES + U8_FLAGS] as number) ^ SlotFlag.Sell;
};
const isFill = (record: TradingRecord) => record.kind === K.OrderFilled;

const ORDER_MUTANTS: readonly Mutant[] = [
  {
    name: "side of fills swapped",
    cards: ["V08"],
    isShort: true,
    make: told((record) => {
      if (isFill(record)) record.side = swap(record.side);
      return true;
    }),
  },
  {
    name: "side of orders swapped",
    cards: ["V07"],
    make: encoded((record) => {
      record.side = swap(record.side);
    }),
  },
  {
    name: "fee in a wrong asset",
    cards: ["V28"],
    isShort: true,
    make: told((record) => {
      if (isFill(record)) record.feeAsset = (record.feeAsset + 1) % 3;
      return true;
    }),
  },
  {
    name: "fee with the wrong sign",
    cards: ["V28"],
    make: told((record) => {
      if (!isFill(record)) return true;
      record.feeHi = -record.feeHi;
      record.feeLo = -record.feeLo;
      return true;
    }),
  },
  {
    name: "fee rates with the wrong sign",
    cards: ["V35"],
    make: turnedFees,
  },
  {
    name: "cumulative quantity taken as incremental",
    cards: ["V30"],
    isShort: true,
    make: () => {
      const filled = new Map<string, number>();
      return told((record) => {
        if (!isFill(record)) return true;
        const key = `${record.order} ${record.evidence}`;
        filled.set(key, (filled.get(key) ?? 0) + record.qty);
        record.qty = filled.get(key) as number;
        return true;
      })();
    },
  },
  {
    name: "acknowledgement taken as acceptance",
    cards: ["V70"],
    isShort: true,
    make: sent((real, sink) => ({
      open(effect) {
        const code = real.open(effect);
        if (code !== Code.Ok || effect.kind !== K.OrderIntent) return code;
        const early = new TradingRecord().copyFrom(effect, K.OrderAccepted);
        early.venueOrderId = "0";
        sink.put(early);
        return code;
      },
    })),
  },
  {
    name: "price one tick off",
    cards: ["V07"],
    make: encoded((record) => {
      record.price += record.price > 0 ? 1_000 : 0;
    }),
  },
  {
    name: "size tenfold",
    cards: ["V07"],
    make: encoded((record) => {
      record.qty *= 10;
    }),
  },
  {
    name: "post-only forgotten",
    cards: ["V10"],
    make: encoded((record) => {
      record.flags &= ~1;
    }),
  },
  {
    name: "time in force forgotten",
    cards: ["V11"],
    make: encoded((record) => {
      record.timeInForce = 1;
    }),
  },
  {
    name: "reduce-only forgotten",
    cards: ["V12"],
    needs: "positions",
    make: encoded((record) => {
      record.flags &= ~2;
    }),
  },
  {
    name: "one id for all fills of an order",
    cards: ["V30", "V24"],
    make: told((record) => {
      if (isFill(record)) record.fillId = record.venueOrderId;
      return true;
    }),
  },
  { name: "fills not told", cards: ["V04"], make: told((record) => !isFill(record)) },
  {
    name: "a time-out taken as a refusal",
    cards: ["V72", "V73"],
    make: told((record) => {
      if (record.kind === K.OrderUnknown) record.kind = K.OrderRejected;
      return true;
    }),
  },
  {
    name: "not found taken as cancelled",
    cards: ["V20"],
    make: told((record) => {
      if (record.kind === K.StatedOrder && record.code === VenueOrderStatus.NotFound)
        record.code = VenueOrderStatus.Canceled;
      return true;
    }),
  },
  { name: "cancel-all does nothing", cards: ["V06"], make: sent(() => ({ closeAll: () => Code.Ok })) },
  {
    name: "side of positions swapped",
    cards: ["V12", "V25"],
    needs: "positions",
    make: told((record) => {
      if (record.kind === K.StatedPosition) record.side = swap(record.side);
      return true;
    }),
  },
  {
    name: "answers of questions that never end",
    cards: ["V20"],
    make: told((record) => record.kind !== K.QueryEnded),
  },
  {
    name: "the old terms told after a replace",
    cards: ["V05"],
    needs: "amend",
    make: told((record) => {
      if (record.kind === K.OrderReplaced) record.price += 1_000;
      return true;
    }),
  },
];

/** Of what ends many orders, and of streams that say nothing. */
const DUTY_MUTANTS: readonly Mutant[] = [
  { name: "the dead-man switch is not armed", cards: ["V18"], needs: "deadMan", make: armed(() => false) },
  { name: "the dead-man switch is not renewed", cards: ["V29"], needs: "deadMan", make: armed((count) => count === 1) },
  {
    name: "the dead-man switch is not ended",
    cards: ["V29"],
    needs: "deadMan",
    make: armed((_, countdownMs) => countdownMs > 0),
  },
  {
    name: "the last orders of a batch forgotten",
    cards: ["V19"],
    needs: "batch",
    make: () => {
      let ended = 0;
      return told((record) => record.kind !== K.OrderCanceled || ++ended <= 20)();
    },
  },
  {
    name: "silence not told",
    cards: ["V34"],
    make: told((record) => record.kind !== K.StreamChanged || record.code !== StreamState.Silent),
  },
  {
    name: "orders open in silence",
    cards: ["V34"],
    make: sent((real) => ({
      open(effect) {
        const code = real.open(effect);
        return code === Code.SocketLost ? Code.Ok : code;
      },
    })),
  },
];

const MARKET_MUTANTS: readonly Mutant[] = [
  { name: "sides of the book swapped", cards: ["M01"], make: decoded([SlotKind.Level], flipSide) },
  { name: "the taker's side swapped", cards: ["M04"], isShort: true, make: decoded([SlotKind.Trade], flipSide) },
  {
    name: "sizes of levels added up instead of replaced",
    cards: ["M02"],
    make: () => {
      const sizes = new Map<string, number>();
      return decoded([SlotKind.Level], (lane, slot) => {
        const at = slot * SLOT_F64;
        const side = (lane.u8[slot * SLOT_BYTES + U8_FLAGS] as number) & SlotFlag.Sell;
        const key = `${side} ${lane.f64[at + F64_A]}`;
        const size = (sizes.get(key) ?? 0) + (lane.f64[at + F64_B] as number);
        sizes.set(key, size);
        lane.f64[at + F64_B] = size;
      })();
    },
  },
  {
    name: "removed levels kept",
    cards: ["M02"],
    make: decoded([SlotKind.Level], (lane, slot) => {
      const at = slot * SLOT_F64 + F64_B;
      if (lane.f64[at] === 0) lane.f64[at] = 1;
    }),
  },
];

/** Where positions can be closed by force. */
const FORCED_MUTANTS: readonly Mutant[] = [
  {
    name: "the position's side for the forced order's",
    cards: ["M12"],
    isShort: true,
    make: decoded([SlotKind.Liquidation], flipSide),
  },
];

/** All that can be planted in an adapter. */
export function mutantsOf({ market, stageMarket }: Adapter): Mutant[] {
  const forced = stageMarket === "binance-usdm" ? FORCED_MUTANTS : [];
  return [...ORDER_MUTANTS, ...DUTY_MUTANTS, ...(market === undefined ? [] : [...MARKET_MUTANTS, ...forced])];
}
