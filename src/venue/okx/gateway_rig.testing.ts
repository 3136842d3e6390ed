/** OKX's live gateway against the venue simulator, over real sockets: a market that stands still, two spot markets, two swaps. */

import { createHmac } from "node:crypto";
import type { Problem } from "../../core/problem.ts";
import { until } from "../../exchange/book_client.testing.ts";
import type { Feed, FeedFrame, Listing, SimVenue } from "../../exchange/feed.ts";
import { type Simulator, startSimulator } from "../../exchange/simulator.ts";
import type { AccountSpec } from "../../exchange/trading/account.ts";
import { type Instrument, InstrumentTable } from "../../model/instrument.ts";
import { InstrumentKind } from "../../model/order.ts";
import { RecordKind, StreamState, TradingRecord } from "../../model/record.ts";
import { OwnIds } from "../wire/order_ids.ts";
import type { RequestClient } from "../wire/rest.ts";
import { OkxGateway } from "./gateway.ts";
import type { GatewayLimits } from "./gateway_limits.ts";
import type { OkxKey } from "./order_sign.ts";

export const ASSETS = ["USDT", "BTC", "ETH"];
export const SECRET = "secret-ann";
export const BID = 6_000_000;
export const ASK = 6_000_010;
/** Instruments of the rig by number. */
export const SPOT = 0;
export const SWAP = 2;
const SPOT_SCALE = 5;
/** A contract is 0.0001, a lot a tenth of it. */
const SWAP_SCALE = 1;

/** One full book of each symbol, and nothing after it. */
class StillFeed implements Feed {
  readonly listings: readonly Listing[];
  readonly streams = [];
  readonly problems = [];
  readonly #frames: FeedFrame[];

  constructor() {
    const listing = (venue: SimVenue, base: string): Listing => ({
      venue,
      symbol: `${base}USDT`,
      base,
      quote: "USDT",
      tick: "0.01",
      step: "0.00001",
      priceDecimals: 2,
      qtyDecimals: SPOT_SCALE,
    });
    const venues = ["binance-spot", "binance-usdm"] as const;
    this.listings = venues.flatMap((venue) => [listing(venue, "BTC"), listing(venue, "ETH")]);
    this.#frames = this.listings.map(({ venue, symbol }) => ({
      timeUs: 0,
      venue,
      symbol,
      stream: "",
      data: JSON.stringify({ lastUpdateId: 1, bids: [["60000.00", "50"]], asks: [["60000.10", "50"]] }),
      envelope: undefined,
    }));
  }

  get frameCount(): number {
    return 4;
  }

  nextTimeUs(): number | undefined {
    return this.#frames[0]?.timeUs;
  }

  take(): FeedFrame {
    return this.#frames.shift() as FeedFrame;
  }

  rewind(): boolean {
    return false;
  }

  upcomingBook(venue: SimVenue, symbol: string): string | undefined {
    return this.#frames.find((frame) => frame.venue === venue && frame.symbol === symbol)?.data;
  }
}

export async function stillSimulator(): Promise<Simulator> {
  const keys: AccountSpec["keys"][number][] = [
    { key: "key-ann", secret: SECRET, passphrase: "pass", mayTrade: true, mayWithdraw: false },
    { key: "key-read", secret: SECRET, passphrase: "pass", mayTrade: false, mayWithdraw: true },
  ];
  const balances = { USDT: "1000000", BTC: "10" };
  const simulator = await startSimulator({
    venues: ["okx"],
    feed: new StillFeed(),
    accounts: [{ name: "ann", keys, balances }],
    start: "now",
  });
  await until(() => simulator.status().position >= 4, 5_000);
  return simulator;
}

export function testInstrument(id: number): Instrument {
  const base = id % 2 === 0 ? "BTC" : "ETH";
  const isSwap = id >= SWAP;
  const qtyScale = isSwap ? SWAP_SCALE : SPOT_SCALE;
  return {
    id,
    revision: 1,
    name: `okx:${base}-USDT${isSwap ? "-PERP" : ""}`,
    venue: "okx",
    venueSymbol: `${base}-USDT${isSwap ? "-SWAP" : ""}`,
    kind: isSwap ? InstrumentKind.LinearPerpetual : InstrumentKind.Spot,
    base,
    quote: "USDT",
    settle: "USDT",
    priceScale: 2,
    qtyScale,
    priceDecimals: 2,
    qtyDecimals: qtyScale,
    tick: 1,
    lot: 1,
    qtyMin: 1,
    qtyMax: 0,
    notionalMin: 0,
    ...(isSwap ? { contractSize: 1, contractScale: 4 } : {}),
  };
}

export function testKey(apiKey = "key-ann", secret = SECRET, passphrase = "pass"): OkxKey {
  return { apiKey, passphrase, sign: (text) => createHmac("sha256", secret).update(text).digest("base64") };
}

/** fetch, as the REST thread does it: for tests that need no thread. */
export const FETCH_CLIENT: RequestClient = {
  send({ method, url, headers = {}, body }, done) {
    const init = { method, headers, ...(body === undefined ? {} : { body }) };
    fetch(url, init)
      .then(async (answer) =>
        done({ status: answer.status, text: await answer.text(), headers: Object.fromEntries(answer.headers) }),
      )
      .catch((error: unknown) => {
        const lost = { code: "SocketLost", detail: String(error), hint: "" };
        done({ status: 0, text: "", headers: {}, problem: lost });
      });
  },
};

/** The gateway, what it has told, and the ways to wait for it. */
export class GatewayRig {
  readonly gateway: OkxGateway;
  readonly told: TradingRecord[] = [];
  readonly problems: Problem[] = [];

  constructor(
    readonly simulator: Simulator,
    readonly more: {
      readonly epoch?: number;
      readonly limits?: Partial<GatewayLimits>;
      readonly rest?: RequestClient;
      readonly key?: OkxKey;
    } = {},
  ) {
    const instruments = new InstrumentTable();
    for (let id = 0; id < 4; id++) instruments.define(testInstrument(id));
    this.gateway = new OkxGateway(
      {
        account: 0,
        restUrl: simulator.url,
        privateUrl: `${simulator.wsUrl}/ws/v5/private`,
        limits: { tickMs: 5, ...more.limits },
      },
      {
        nowUs: () => Math.round((performance.timeOrigin + performance.now()) * 1_000),
        random: () => 0.5,
        setTimer: (delayMs, fn) => setTimeout(fn, delayMs),
        clearTimer: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
        rest: more.rest ?? FETCH_CLIENT,
        key: more.key ?? testKey(),
        ids: new OwnIds(1, more.epoch ?? 1),
        instruments,
        assetId: (code) => (ASSETS.includes(code) ? ASSETS.indexOf(code) : undefined),
        sink: { put: (record) => this.told.push(new TradingRecord().copyFrom(record)) > 0 },
        poll: () => undefined,
        problem: (p) => this.problems.push(p),
      },
    );
  }

  async up(): Promise<this> {
    this.gateway.start();
    await until(() => this.told.some(isUp), 5_000);
    this.told.length = 0;
    return this;
  }

  /** Everything told since the last call, once nothing more is on its way. */
  async settle(): Promise<TradingRecord[]> {
    let quiet = 0;
    let before = -1;
    for (let waited = 0; waited < 3_000 && quiet < 4; waited += 5) {
      await Bun.sleep(5);
      const isIdle = this.gateway.status().requestsOpen + this.gateway.status().questionsOpen === 0;
      quiet = isIdle && before === this.told.length && this.gateway.status().isUp ? quiet + 1 : 0;
      before = this.told.length;
    }
    return this.told.splice(0).filter(({ kind }) => kind !== RecordKind.StreamChanged);
  }
}

function isUp({ kind, code }: TradingRecord): boolean {
  return kind === RecordKind.StreamChanged && code === StreamState.Up;
}
