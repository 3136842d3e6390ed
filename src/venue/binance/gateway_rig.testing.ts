/** A live gateway against the venue simulator, over real sockets: a market that stands still, two symbols, one account. */

import { createHmac } from "node:crypto";
import type { Problem } from "../../core/problem.ts";
import { until } from "../../exchange/book_client.testing.ts";
import type { Feed, FeedFrame, Listing, SimVenue } from "../../exchange/feed.ts";
import { type Simulator, startSimulator } from "../../exchange/simulator.ts";
import type { AccountSpec } from "../../exchange/trading/account.ts";
import type { Instrument } from "../../model/instrument.ts";
import { InstrumentTable } from "../../model/instrument.ts";
import { InstrumentKind } from "../../model/order.ts";
import { RecordKind, StreamState, TradingRecord } from "../../model/record.ts";
import { OwnIds } from "../wire/order_ids.ts";
import type { RequestClient } from "../wire/rest.ts";
import { BinanceGateway } from "./gateway.ts";
import type { GatewayLimits } from "./gateway_limits.ts";
import type { BinanceKey } from "./order_sign.ts";

export const ASSETS = ["USDT", "BTC", "ETH", "BNB"];
export const SECRET = "secret-ann";
export const BID = 6_000_000;
export const ASK = 6_000_010;
const QTY_SCALE = 5;

/** One full book of each symbol, and nothing after it. */
class StillFeed implements Feed {
  readonly listings: readonly Listing[];
  readonly streams = [];
  readonly problems = [];
  readonly #frames: FeedFrame[];

  constructor(venue: SimVenue) {
    const listing = (base: string): Listing => ({
      venue,
      symbol: `${base}USDT`,
      base,
      quote: "USDT",
      tick: "0.01",
      step: "0.00001",
      priceDecimals: 2,
      qtyDecimals: QTY_SCALE,
    });
    this.listings = [listing("BTC"), listing("ETH")];
    this.#frames = this.listings.map(({ symbol }) => ({
      timeUs: 0,
      venue,
      symbol,
      stream: "",
      data: JSON.stringify({
        lastUpdateId: 1,
        bids: [["60000.00", "50"]],
        asks: [["60000.10", "50"]],
      }),
      envelope: undefined,
    }));
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

/** `publicKeyPem`: of an Ed25519 key that is called `key-ed`. */
export async function stillSimulator(market: "spot" | "usdm", publicKeyPem?: string): Promise<Simulator> {
  const venue = market === "spot" ? "binance-spot" : "binance-usdm";
  const keys: AccountSpec["keys"][number][] = [
    { key: "key-ann", secret: SECRET, mayTrade: true, mayWithdraw: false },
    { key: "key-read", secret: SECRET, mayTrade: false, mayWithdraw: true },
  ];
  if (publicKeyPem !== undefined) {
    keys.push({ key: "key-ed", secret: "", publicKeyPem, mayTrade: true, mayWithdraw: false });
  }
  const balances = { USDT: "1000000", BTC: "10", BNB: "5" };
  const simulator = await startSimulator({
    venues: [venue],
    feed: new StillFeed(venue),
    accounts: [{ name: "ann", keys, balances }],
    start: "now",
  });
  await until(() => simulator.status().position >= 2, 5_000);
  return simulator;
}

export function testInstrument(market: "spot" | "usdm", id: number, base: string): Instrument {
  return {
    id,
    revision: 1,
    name: `binance:${base}-USDT`,
    venue: market === "spot" ? "binance-spot" : "binance-usdm",
    venueSymbol: `${base}USDT`,
    kind: market === "spot" ? InstrumentKind.Spot : InstrumentKind.LinearPerpetual,
    base,
    quote: "USDT",
    settle: "USDT",
    priceScale: 2,
    qtyScale: QTY_SCALE,
    priceDecimals: 2,
    qtyDecimals: QTY_SCALE,
    tick: 1,
    lot: 1,
    qtyMin: 1,
    qtyMax: 0,
    notionalMin: 0,
  };
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
  readonly gateway: BinanceGateway;
  readonly told: TradingRecord[] = [];
  readonly problems: Problem[] = [];

  constructor(
    readonly simulator: Simulator,
    readonly market: "spot" | "usdm",
    readonly more: {
      readonly epoch?: number;
      readonly limits?: Partial<GatewayLimits>;
      readonly rest?: RequestClient;
      readonly key?: BinanceKey;
      readonly walletUrl?: string;
    } = {},
  ) {
    const instruments = new InstrumentTable();
    ["BTC", "ETH"].forEach((base, id) => {
      instruments.define(testInstrument(market, id, base));
    });
    const privateUrl = `${simulator.wsUrl}${market === "spot" ? "/ws-api/v3" : "/private"}`;
    this.gateway = new BinanceGateway(
      {
        ...{ market, account: 0, restUrl: simulator.url, privateUrl, limits: { tickMs: 5, ...more.limits } },
        ...(more.walletUrl === undefined ? {} : { walletUrl: more.walletUrl }),
      },
      {
        nowUs: () => Math.round((performance.timeOrigin + performance.now()) * 1_000),
        random: () => 0.5,
        setTimer: (delayMs, fn) => setTimeout(fn, delayMs),
        clearTimer: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
        rest: more.rest ?? FETCH_CLIENT,
        key: more.key ?? {
          apiKey: "key-ann",
          sign: (payload) => createHmac("sha256", SECRET).update(payload).digest("hex"),
        },
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
