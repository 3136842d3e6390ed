/** A live gateway against the venue simulator, over real sockets: a market that stands still, two symbols, one account. */

import { createHmac } from "node:crypto";
import type { Problem } from "../../core/problem.ts";
import { until } from "../../exchange/book_client.testing.ts";
import type { Feed, FeedFrame, Listing, SimVenue } from "../../exchange/feed.ts";
import { type Simulator, startSimulator } from "../../exchange/simulator.ts";
import type { Instrument } from "../../model/instrument.ts";
import { InstrumentTable } from "../../model/instrument.ts";
import { RecordKind, StreamState, TradingRecord } from "../../model/record.ts";
import { OwnIds } from "../wire/order_ids.ts";
import type { RequestClient } from "../wire/rest.ts";
import { type Category, kindOf, venueOf } from "./category.ts";
import { BybitGateway } from "./gateway.ts";
import type { GatewayLimits } from "./gateway_limits.ts";
import type { BybitKey } from "./order_sign.ts";

export const ASSETS = ["USDT", "BTC", "ETH"];
export const SECRET = "secret-ann";
export const BID = 6_000_000;
export const ASK = 6_000_010;
export const QTY_SCALE = 5;

/** One full book of each symbol, and nothing after it. */
class StillFeed implements Feed {
  readonly listings: readonly Listing[];
  readonly streams = [];
  readonly problems = [];
  readonly #frames: FeedFrame[];

  constructor(venue: SimVenue) {
    const places = { tick: "0.01", step: "0.00001", priceDecimals: 2, qtyDecimals: QTY_SCALE };
    const listing = (base: string): Listing => ({ venue, symbol: `${base}USDT`, base, quote: "USDT", ...places });
    this.listings = [listing("BTC"), listing("ETH")];
    const book = { lastUpdateId: 1, bids: [["60000.00", "50"]], asks: [["60000.10", "50"]] };
    this.#frames = this.listings.map(({ symbol }) => {
      return { timeUs: 0, venue, symbol, stream: "", data: JSON.stringify(book), envelope: undefined };
    });
  }

  get frameCount(): number {
    return 2;
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

export async function stillSimulator(category: Category): Promise<Simulator> {
  const venue = category === "spot" ? "binance-spot" : "binance-usdm";
  const keys = [
    { key: "key-ann", secret: SECRET, mayTrade: true, mayWithdraw: false },
    { key: "key-read", secret: SECRET, mayTrade: false, mayWithdraw: true },
  ];
  const simulator = await startSimulator({
    venues: [venue, "bybit"],
    feed: new StillFeed(venue),
    accounts: [{ name: "ann", keys, balances: { USDT: "1000000", BTC: "10" } }],
    start: "now",
  });
  await until(() => simulator.status().position >= 2, 5_000);
  return simulator;
}

export function testInstrument(category: Category, id: number, base: string): Instrument {
  const names = {
    name: `bybit:${base}-USDT`,
    venue: venueOf(category),
    venueSymbol: `${base}USDT`,
    base,
    quote: "USDT",
  };
  const scales = { priceScale: 2, qtyScale: QTY_SCALE, priceDecimals: 2, qtyDecimals: QTY_SCALE };
  const rules = { tick: 1, lot: 1, qtyMin: 1, qtyMax: 0, notionalMin: 0 };
  return { id, revision: 1, ...names, kind: kindOf(category), settle: "USDT", ...scales, ...rules };
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

export const KEY: BybitKey = {
  apiKey: "key-ann",
  sign: (payload) => createHmac("sha256", SECRET).update(payload).digest("hex"),
};

export interface RigMore {
  readonly epoch?: number;
  readonly limits?: Partial<GatewayLimits>;
  readonly rest?: RequestClient;
  readonly key?: BybitKey;
  /** Orders go by REST. */
  readonly isRestOnly?: boolean;
  readonly tradePath?: string;
}

/** The gateway, what it has told, and the ways to wait for it. */
export class GatewayRig {
  readonly gateway: BybitGateway;
  readonly told: TradingRecord[] = [];
  readonly problems: Problem[] = [];

  constructor(
    readonly simulator: Simulator,
    readonly category: Category,
    readonly more: RigMore = {},
  ) {
    const instruments = new InstrumentTable();
    ["BTC", "ETH"].forEach((base, id) => {
      instruments.define(testInstrument(category, id, base));
    });
    const { wsUrl, url: restUrl } = simulator;
    const trade = more.isRestOnly === true ? {} : { tradeUrl: `${wsUrl}${more.tradePath ?? "/v5/trade"}` };
    const limits = { tickMs: 5, ...more.limits };
    this.gateway = new BybitGateway(
      { category, account: 0, restUrl, privateUrl: `${wsUrl}/v5/private`, ...trade, limits },
      {
        nowUs: () => Math.round((performance.timeOrigin + performance.now()) * 1_000),
        random: () => 0.5,
        setTimer: (delayMs, fn) => setTimeout(fn, delayMs),
        clearTimer: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
        rest: more.rest ?? FETCH_CLIENT,
        key: more.key ?? KEY,
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
