/** An adapter at the simulator: each card gets a simulator, an account and a market of its own. */

import { DEFAULT_LIMITS } from "../core/limits.ts";
import type { FaultNow } from "../exchange/faults.ts";
import { marketsOf } from "../exchange/feed.ts";
import { type Simulator, startSimulator } from "../exchange/simulator.ts";
import type { Instrument } from "../model/instrument.ts";
import { KeyMaterial } from "../secrets/key_material.ts";
import { HmacSigner } from "../secrets/request_signer.ts";
import type { Adapter, AdapterKey, VenueUrls } from "./adapter.ts";
import { FetchClient } from "./fetch_client.ts";
import { skip, within } from "./judge.ts";
import { type Hooks, LiveAccount } from "./live_account.ts";
import { MarketStand } from "./market_stand.ts";
import {
  BEST_ASK,
  BEST_BID,
  contracts,
  hundredths,
  LEVEL_GAP,
  mantissa,
  STAGE_BASES,
  STAGE_QUOTE,
  StageFeed,
} from "./stage.ts";
import type { Conditions, Subject, VenueUnderTest, World } from "./subject.ts";

const SECRET = "certify-secret";
const KEY = { key: "certify-key", secret: SECRET, passphrase: "certify", mayTrade: true, mayWithdraw: false };
const BALANCES = { USDT: "1000000", BTC: "100", ETH: "100", BNB: "5" };
const START_MS_MAX = 5_000;

export function simulatedSubject(adapter: Adapter, hooks: Hooks = {}): Subject {
  return {
    venue: adapter.venue,
    orders: async (conditions) => {
      checkAge(adapter.agelessReason?.orders, conditions);
      const stage = await Stage.open(adapter);
      return account(stage, conditions, hooks, 1);
    },
    ...(adapter.market === undefined
      ? { marketMissing: adapter.marketMissing ?? "the adapter has no market session yet" }
      : {
          market: async (conditions) => {
            checkAge(adapter.agelessReason?.market, conditions);
            return market(await Stage.open(adapter), conditions, hooks);
          },
        }),
  };
}

function checkAge(ageless: string | undefined, { rollover }: Conditions): void {
  if (rollover === true && ageless !== undefined) skip(ageless);
}

/** A simulator with its market, and what the venue lists. */
class Stage {
  private constructor(
    readonly adapter: Adapter,
    readonly feed: StageFeed,
    readonly simulator: Simulator,
    readonly urls: VenueUrls,
    readonly instruments: readonly Instrument[],
  ) {}

  static async open(adapter: Adapter): Promise<Stage> {
    const feed = new StageFeed(marketsOf([adapter.served]));
    const accounts = [{ name: "certify", keys: [KEY], balances: BALANCES }];
    const simulator = await startSimulator({ venues: [adapter.served], feed, accounts, start: "now" });
    await within(START_MS_MAX, () => feed.waiting === 0);
    const urls = adapter.urls(simulator);
    const symbols = STAGE_BASES.map((base) => adapter.symbolOf(base, STAGE_QUOTE));
    const drafts = await adapter.list(urls, symbols, new FetchClient());
    return new Stage(
      adapter,
      feed,
      simulator,
      urls,
      drafts.map((draft, id) => ({ ...draft, id, revision: 1 })),
    );
  }

  get first(): Instrument {
    return this.instruments[0] as Instrument;
  }

  get world(): World {
    const { simulator } = this;
    return {
      befall: async (now) => {
        await fetch(`${simulator.url}/simulate/faults`, {
          method: "POST",
          body: JSON.stringify({ now: now as FaultNow }),
        });
      },
      faults: (change) => {
        simulator.faults(change);
      },
    };
  }
}

async function account(stage: Stage, conditions: Conditions, hooks: Hooks, epoch: number): Promise<VenueUnderTest> {
  const { adapter, urls, instruments, simulator, world, first } = stage;
  const key: AdapterKey = {
    apiKey: KEY.key,
    signer: new HmacSigner(KeyMaterial.ofText(SECRET)),
    passphrase: KEY.passphrase,
  };
  // Orders of the first session keep their ids after a restart.
  const epochOf = () => 1;
  const live = await new LiveAccount({
    adapter,
    urls,
    key,
    instruments,
    conditions,
    isQuick: true,
    epoch,
    epochOf,
    hooks,
  }).up();
  const facts = live.facts(first);
  const { hasPositions } = facts;
  const price = (count: number) => mantissa(hundredths(count), first.priceScale);
  const size = (text: string) => contracts(mantissa(text, first.qtyScale), first);
  return {
    ...facts,
    gateway: live.gateway,
    quietInstrument: 1,
    bid: price(BEST_BID),
    ask: price(BEST_ASK),
    tick: first.tick,
    qty: size("0.01"),
    sweep: { price: price(BEST_ASK + 2 * LEVEL_GAP), qty: size("12"), parts: 3 },
    qtyTooMuch: size(hasPositions ? "1000" : "40"),
    ...(first.lot > 1 ? { qtyTooSmall: Math.floor(first.lot / 2) } : {}),
    world,
    isAlone: true,
    settle: () => live.settle(),
    disconnect: () => world.befall("private-close"),
    restart: async () => {
      live.real.stop();
      return account(stage, conditions, hooks, epoch + 1);
    },
    close: async () => {
      live.real.stop();
      await simulator.stop();
    },
  };
}

async function market(stage: Stage, conditions: Conditions, hooks: Hooks) {
  const { adapter, feed, urls, instruments, simulator, world } = stage;
  const stand = new MarketStand({
    adapter,
    urls,
    instruments,
    conditions,
    isQuick: true,
    limits: DEFAULT_LIMITS,
    hooks,
  });
  stand.link.start();
  const of = (instrument: number) => instruments[instrument] as Instrument;
  const symbol = (instrument: number) => `${of(instrument).base}${STAGE_QUOTE}`;
  return {
    instrument: 0,
    quietInstrument: 1,
    world,
    hasTradeNumbers: adapter.hasTradeNumbers,
    subscribe: (instrument: number) => stand.link.subscribe(instrument),
    unsubscribe: (instrument: number) => stand.link.unsubscribe(instrument),
    status: () => stand.link.status(),
    seen: (instrument: number) => stand.seen(instrument),
    truth: (instrument: number) => feed.picture(adapter.stageMarket, symbol(instrument), of(instrument)),
    move: async (messages: number) => {
      for (let left = messages; left > 0; left -= MESSAGES_AT_ONCE) {
        feed.move(adapter.stageMarket, symbol(0), Math.min(left, MESSAGES_AT_ONCE));
        await within(START_MS_MAX, () => feed.waiting === 0);
      }
    },
    close: async () => {
      stand.link.stop();
      await simulator.stop();
    },
  };
}

const MESSAGES_AT_ONCE = 15;
