/**
 * A quote frame off a venue's socket → decoded, decided, checked, journaled in memory → signed order at the venue's end, as
 * that sees it: its first byte there on a socket, the request read by HTTP. The real session, engine and live gateway of
 * the adapter, over loopback, the venue on a thread of its own. From the frame's arrival in our socket handler.
 * The venue's end is the simulator, which has work of its own between its frame and our order. Our part alone:
 * `saidP50Us` until the order was encoded and signed, `leftP50Us` until socket or REST thread had taken it. The market at
 * the venue's end moves with every sample: what has not changed, OKX does not tell, and Bybit tells every three seconds.
 */

import { RestThread } from "../src/app/rest_client.ts";
import { openSession, trialLimits } from "../src/app/session_setup.ts";
import { startStrategy } from "../src/app/session_strategy.ts";
import { adapterOf } from "../src/certify/adapters.ts";
import { TIMERS, wallUs } from "../src/certify/quick.ts";
import { BEST_BID, STAGE_BASES, STAGE_QUOTE } from "../src/certify/stage.ts";
import { DEFAULT_LIMITS } from "../src/core/limits.ts";
import { DurableState } from "../src/engine/durable.ts";
import { Engine } from "../src/engine/engine.ts";
import { MemoryJournal } from "../src/journal/memory.ts";
import { MarketState } from "../src/market/market.ts";
import { Readiness } from "../src/model/record.ts";
import { MarketLane } from "../src/ring/market_lane.ts";
import { MessageLane } from "../src/ring/message_lane.ts";
import { KeyMaterial } from "../src/secrets/key_material.ts";
import { HmacSigner } from "../src/secrets/request_signer.ts";
import { strategy } from "../src/strategy/meltica.ts";
import { resolveParams } from "../src/strategy/params.ts";
import { OwnIds } from "../src/venue/wire/order_ids.ts";
import { openWebSocket } from "../src/venue/wire/socket.ts";
import type { Measured, MeasuredBench } from "./bench.ts";
import { ANSWERED, ARRIVED, ASKED, BENCH_KEY, COMPARISONS, nowNs, SENT, WORDS_BYTES } from "./e2e_venue_words.ts";
import { percentile } from "./percentile.ts";

const SAMPLE_MS_MAX = 5_000;
const READY_MS_MAX = 20_000;

const everyQuote = strategy({ name: "every-quote", markets: { main: {} } }, ({ main }) => ({
  onQuote() {
    // Two percent below the market: it never fills, so no position grows from frame to frame.
    main.buy({ base: 0.01 }, { limit: main.bid * 0.98, tif: "ioc", why: "bench" });
  },
}));

/** `row`: of the certification, where it has another name. */
export function e2eBench(venue: string, row = venue): MeasuredBench {
  return {
    name: `e2e.frame_to_order.${venue}`,
    unit: "us",
    baseline: "JSON.parse, JSON.stringify, HMAC and a bare socket send, between the same threads",
    async measure(quick: boolean): Promise<Measured> {
      const end = await VenueEnd.start(row);
      try {
        const [warmUp, samples] = quick ? [40, 60] : [400, 1_600];
        const ours = await tradingSide(end, warmUp, samples);
        const plain = await plainSide(end, warmUp, samples);
        const p50 = percentile(ours.arrivedUs, 0.5);
        const p99 = percentile(ours.arrivedUs, 0.99);
        return {
          value: p50,
          p50,
          p99,
          baselineValue: percentile(plain, 0.5),
          figures: {
            saidP50Us: percentile(ours.saidUs, 0.5),
            saidP99Us: percentile(ours.saidUs, 0.99),
            leftP50Us: percentile(ours.leftUs, 0.5),
            leftP99Us: percentile(ours.leftUs, 0.99),
            plainP99Us: percentile(plain, 0.99),
            samples,
          },
        };
      } finally {
        end.stop();
      }
    },
  };
}

/** The venue's thread, and the one sample that is under way. */
class VenueEnd {
  readonly #state = new Int32Array(new SharedArrayBuffer(WORDS_BYTES));
  readonly #clock = new Float64Array(new SharedArrayBuffer(8));
  readonly #worker = startWorker();
  /** Its clock less ours. */
  #offsetNs = 0;
  url = "";
  wsUrl = "";
  plainUrl = "";

  private constructor(readonly venue: string) {}

  static async start(venue: string): Promise<VenueEnd> {
    const end = new VenueEnd(venue);
    const ready = new Promise<Pick<VenueEnd, "url" | "wsUrl" | "plainUrl">>((resolve, reject) => {
      end.#worker.onmessage = ({ data }) => resolve(data);
      end.#worker.onerror = ({ message }) => reject(new Error(message));
    });
    end.#worker.postMessage({ venue, words: end.#state.buffer, times: end.#clock.buffer });
    Object.assign(end, await ready);
    end.#compareClocks();
    return end;
  }

  /** One frame there, one order back: microseconds from `arrivedNs()` to the order's arrival. */
  async sample(what: "frame" | "plain", arrivedNs: () => number): Promise<number> {
    const number = Atomics.add(this.#state, SENT, 1) + 1;
    this.#worker.postMessage(what);
    for (const untilMs = performance.now() + SAMPLE_MS_MAX; Atomics.load(this.#state, ARRIVED) !== number; ) {
      if (performance.now() > untilMs) throw new Error(`no order has arrived at ${this.venue}`);
      await Bun.sleep(0);
    }
    return ((this.#clock[0] as number) - this.#offsetNs - arrivedNs()) / 1_000;
  }

  /** The quickest answer says most exactly what time it is there. */
  #compareClocks(): void {
    this.#worker.postMessage("clock");
    let bestNs = Number.POSITIVE_INFINITY;
    for (let round = 1; round <= COMPARISONS; round++) {
      const askedNs = nowNs();
      Atomics.store(this.#state, ASKED, round);
      while (Atomics.load(this.#state, ANSWERED) !== round);
      const tripNs = nowNs() - askedNs;
      if (tripNs >= bestNs) continue;
      bestNs = tripNs;
      this.#offsetNs = (this.#clock[0] as number) - (askedNs + tripNs / 2);
    }
  }

  stop(): void {
    this.#worker.terminate();
  }
}

/** Sorted microseconds: to the venue's end, until the order was said, and until it was out of our hands. */
async function tradingSide(end: VenueEnd, warmUp: number, samples: number) {
  const side = await LiveSide.start(end);
  try {
    const arrivedUs = new Float64Array(samples);
    const saidUs = new Float64Array(samples);
    const leftUs = new Float64Array(samples);
    for (let n = -warmUp; n < samples; n++) {
      const us = await end.sample("frame", () => side.frameNs);
      if (n >= 0) {
        arrivedUs[n] = us;
        saidUs[n] = (side.saidNs - side.frameNs) / 1_000;
        leftUs[n] = (side.leftNs - side.frameNs) / 1_000;
      }
      await side.quiet();
    }
    return { arrivedUs: arrivedUs.sort(), saidUs: saidUs.sort(), leftUs: leftUs.sort() };
  } finally {
    side.stop();
  }
}

async function plainSide(end: VenueEnd, warmUp: number, samples: number): Promise<Float64Array> {
  const signer = new HmacSigner(KeyMaterial.ofText(BENCH_KEY.secret));
  let arrivedNs = 0;
  const socket = new WebSocket(end.plainUrl);
  await new Promise((resolve) => {
    socket.onopen = resolve;
  });
  socket.onmessage = ({ data: text }) => {
    arrivedNs = nowNs();
    const { data } = JSON.parse(text as string) as { data: { b: string; a: string; s: string } };
    const order = { symbol: data.s, side: "BUY", type: "LIMIT", timeInForce: "IOC", price: data.b, quantity: "0.01" };
    const params = { ...order, newClientOrderId: "x", timestamp: 1, recvWindow: 2_000 };
    const signature = signer.sign(JSON.stringify(params), "hex");
    socket.send(JSON.stringify({ id: 1, method: "order.place", params: { ...params, signature } }));
  };
  const found = new Float64Array(samples);
  for (let n = -warmUp; n < samples; n++) {
    const us = await end.sample("plain", () => arrivedNs);
    if (n >= 0) found[n] = us;
  }
  socket.close();
  return found.sort();
}

/** An engine that trades live at the venue's end. */
class LiveSide {
  /** When the last frame came. */
  frameNs = 0;
  /** When the order after it had been handed to the socket, or to the REST thread; 0 = not yet. */
  leftNs = 0;
  /** When that began. */
  saidNs = 0;
  #heardNs = 0;
  readonly #engine: Engine;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #parts: { stop(): void }[] = [];

  static async start(end: VenueEnd): Promise<LiveSide> {
    const adapter = adapterOf(end.venue);
    if (adapter?.market === undefined) throw new Error(`no session of ${end.venue}`);
    const rest = new RestThread({ baseUrls: [end.url] });
    const urls = adapter.urls({ url: end.url, wsUrl: end.wsUrl });
    const drafts = await adapter.list(urls, [adapter.symbolOf(STAGE_BASES[0], STAGE_QUOTE)], rest);
    const side = new LiveSide(end, { adapter: { ...adapter, market: adapter.market }, rest, urls, drafts });
    await side.#ready();
    return side;
  }

  private constructor(_end: VenueEnd, { adapter, rest, urls, drafts }: SideParts) {
    const limits = DEFAULT_LIMITS;
    const state = new DurableState(limits);
    const market = new MarketState(limits);
    const journal = new MemoryJournal(limits);
    const lanes = {
      private: MessageLane.create(limits),
      commands: MessageLane.create(limits),
      market: MarketLane.create(limits),
    };
    const killWord = new Int32Array(new SharedArrayBuffer(4));
    const engine = new Engine({ limits, state, market, journal, lanes, killWord, seed: 1, node: 1 });
    this.#engine = engine;
    const common = {
      ...TIMERS,
      urls,
      rest,
      conditions: { noBudget: true },
      isQuick: true,
      problem: () => undefined,
    } as const;
    const instruments = drafts.map((draft, id) => ({ ...draft, id, revision: 1 }));
    const gateway = adapter.gateway({
      ...common,
      account: 0,
      nowUs: wallUs,
      key: {
        apiKey: BENCH_KEY.key,
        signer: new HmacSigner(KeyMaterial.ofText(BENCH_KEY.secret)),
        passphrase: BENCH_KEY.passphrase,
      },
      ids: new OwnIds(1, 1),
      instruments: state.instruments,
      assetId: (code) => state.ledger.assetId(code),
      sink: lanes.private,
      rest: {
        send: (request, done) => {
          this.#handOver(() => rest.send(request, done));
        },
      },
      openSocket: (url, events) => {
        const socket = openWebSocket(url, events);
        const send = (text: string) => this.#handOver(() => socket.send(text));
        return { send, ping: () => socket.ping(), close: () => socket.close() };
      },
      poll: () => engine.poll(),
    });
    engine.addGateway(gateway);
    this.#open(instruments);
    for (const instrument of instruments) market.define(instrument);
    const link = adapter.market({
      ...common,
      instruments,
      lane: lanes.market,
      limits,
      market,
      // The session asks for the time when a frame comes, and polls when it is decoded.
      nowUs: () => {
        this.#heardNs = nowNs();
        return wallUs();
      },
      poll: () => {
        this.frameNs = this.#heardNs;
        this.leftNs = 0;
        engine.hear(wallUs());
        engine.poll();
      },
    });
    gateway.start();
    link.start();
    link.subscribe(0);
    this.#parts.push(gateway, link, { stop: () => rest.close() });
    this.#timer = setInterval(() => this.#turn(), 2);
  }

  /** Until the order has ended at both ends. */
  async quiet(): Promise<void> {
    const { orders } = this.#engine.state;
    for (const untilMs = performance.now() + SAMPLE_MS_MAX; orders.firstOpenAll() !== 0; await Bun.sleep(0)) {
      if (performance.now() > untilMs) throw new Error("an order does not end");
    }
  }

  stop(): void {
    clearInterval(this.#timer);
    for (const part of this.#parts) part.stop();
  }

  /** Only the first after a frame is noted: the order. */
  #handOver<T>(hand: () => T): T {
    const isFirst = this.leftNs === 0;
    if (isFirst) this.saidNs = nowNs();
    const result = hand();
    if (isFirst) this.leftNs = nowNs();
    return result;
  }

  #turn(): void {
    this.#engine.hear(wallUs());
    this.#engine.poll();
    this.#engine.tick(wallUs());
  }

  #open(instruments: readonly Parameters<typeof trialLimits>[0][]): void {
    const [first] = instruments;
    if (first === undefined) throw new Error("no instrument");
    const equity = "1000000";
    const price = (BEST_BID / 100) * 10 ** first.priceScale;
    const rates = { "newOrders.count": "10000", maxOpenOrders: "60000", referenceAgeUsMax: "60000000" };
    openSession(this.#engine, {
      accountName: "bench",
      instruments,
      balances: { USDT: equity, BTC: "10", BNB: "5" },
      limits: [trialLimits(first, equity, price, rates)],
      startUs: wallUs(),
    });
  }

  /** The strategy begins once the account may trade. */
  async #ready(): Promise<void> {
    const engine = this.#engine;
    engine.recover(wallUs());
    const isReady = () => engine.state.readiness.ofAccount(0) === Readiness.Ready;
    for (const untilMs = performance.now() + READY_MS_MAX; !isReady(); await Bun.sleep(5)) {
      if (performance.now() > untilMs)
        throw new Error(`the account is ${Readiness[engine.state.readiness.ofAccount(0) ?? 0]}`);
    }
    const resolved = resolveParams(everyQuote.definition, {});
    const instrument = engine.state.instruments.get(0);
    if (!resolved.ok || instrument === undefined) throw new Error("the strategy cannot start");
    const plan = { name: everyQuote.definition.name, module: everyQuote, params: resolved.params, tf: "1s" };
    const [problem] = startStrategy(engine, plan, instrument, wallUs());
    if (problem !== undefined) throw new Error(problem.detail);
  }
}

type Adapter = NonNullable<ReturnType<typeof adapterOf>>;
interface SideParts {
  readonly adapter: Adapter & { readonly market: NonNullable<Adapter["market"]> };
  readonly rest: RestThread;
  readonly urls: ReturnType<Adapter["urls"]>;
  readonly drafts: Awaited<ReturnType<Adapter["list"]>>;
}

/** A source file and an executable name their workers differently. */
function startWorker(): Worker {
  const embedded = Bun.main.startsWith("/$bunfs");
  const path = embedded
    ? "./bench/e2e_venue_end.worker.ts"
    : new URL("./e2e_venue_end.worker.ts", import.meta.url).href;
  return new Worker(path);
}
