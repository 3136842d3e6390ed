/** One live account at Binance, spot or USD-M: orders out, reports and answers in. All that waits is driven by one timer. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { type Problem, problem } from "../../core/problem.ts";
import { ALL_INSTRUMENTS, type VenueCapabilities, type VenueGateway, type VenueQuery } from "../../engine/ports.ts";
import type { Instrument, InstrumentTable } from "../../model/instrument.ts";
import { RecordKind, StreamState, TradingRecord } from "../../model/record.ts";
import type { Approved } from "../../risk/approved.ts";
import type { RequestBudget } from "../wire/budget.ts";
import type { RequestClient } from "../wire/rest.ts";
import { type OpenSocket, openWebSocket } from "../wire/socket.ts";
import type { BinanceMarket } from "./fast_path.ts";
import { GatewayBudget } from "./gateway_budget.ts";
import { RestCalls, readSocket, type VenueAnswer } from "./gateway_calls.ts";
import { capabilitiesOf } from "./gateway_capabilities.ts";
import { ServerClock } from "./gateway_clock.ts";
import { OrderEntry } from "./gateway_entry.ts";
import { type GatewayLimits, gatewayLimitsOf } from "./gateway_limits.ts";
import { LiveOrders } from "./gateway_live.ts";
import { Outbox, type ReportSink } from "./gateway_outbox.ts";
import { type AccountFacts, probeAccount } from "./gateway_probe.ts";
import { QueryDesk, weightOf } from "./gateway_queries.ts";
import { Requests } from "./gateway_requests.ts";
import { venueOf } from "./naming.ts";
import type { Param } from "./order_params.ts";
import { type BinanceKey, signedParams } from "./order_sign.ts";
import { ReportBuilder } from "./private_decode.ts";
import { Fields } from "./private_fields.ts";
import type { OrderIds } from "./private_ids.ts";
import { Heard, PrivateLink } from "./private_link.ts";
import { ListenKey } from "./private_listen_key.ts";
import { PrivateReader } from "./private_reader.ts";

export interface GatewaySettings {
  readonly market: BinanceMarket;
  readonly account: number;
  /** Base of REST: `https://api.binance.com`, `https://fapi.binance.com`. */
  readonly restUrl: string;
  /**
   * Spot: the whole address of the WebSocket API, `wss://ws-api.binance.com:443/ws-api/v3`. USD-M: the base of private
   * streams, `wss://fstream.binance.com/private`.
   */
  readonly privateUrl: string;
  readonly limits?: Partial<GatewayLimits>;
}

export interface GatewayPorts {
  nowUs(): number;
  /** In [0, 1). */
  random(): number;
  setTimer(delayMs: number, fn: () => void): unknown;
  clearTimer(handle: unknown): void;
  readonly rest: RequestClient;
  readonly key: BinanceKey;
  readonly ids: OrderIds;
  readonly instruments: InstrumentTable;
  assetId(code: string): number | undefined;
  readonly sink: ReportSink;
  /** The engine takes what waits in its private lane. */
  poll(): void;
  problem(p: Problem): void;
  /** Weight of the address, shared with market data; one of its own when none is given. */
  readonly budget?: RequestBudget;
  /** Bun's WebSocket when none is given. */
  readonly openSocket?: OpenSocket;
}

export interface GatewayStatus {
  readonly isUp: boolean;
  readonly clockOffsetUs: number;
  readonly clockUncertaintyUs: number;
  readonly requestsOpen: number;
  /** Queries whose answer has not ended. */
  readonly questionsOpen: number;
  readonly reconnects: number;
  readonly handovers: number;
  readonly weightUsed: number;
  readonly ordersUsed: number;
  readonly freezes: number;
  readonly reportsTold: number;
  readonly reportsWaiting: number;
  readonly reportsLost: number;
}

export class BinanceGateway implements VenueGateway {
  readonly account: number;
  readonly venue: string;
  readonly capabilities: VenueCapabilities;
  readonly builder: ReportBuilder;
  readonly clock = new ServerClock();
  readonly #settings: GatewaySettings;
  readonly #ports: GatewayPorts;
  readonly #limits: GatewayLimits;
  readonly #budget: GatewayBudget;
  readonly #calls: RestCalls;
  readonly #live: LiveOrders;
  readonly #requests: Requests;
  readonly #outbox: Outbox;
  readonly #desk: QueryDesk;
  readonly #entry: OrderEntry;
  readonly #link: PrivateLink;
  readonly #reader: PrivateReader;
  readonly #listenKey: ListenKey;
  #timer: unknown;
  #isRunning = false;
  #clockDueUs = 0;
  #isClockAsked = false;
  #isStreamUp = false;
  #questions = 0;
  /** The engine has not been asked to look yet. */
  #isUnread = false;
  #hasLost = false;

  constructor(settings: GatewaySettings, ports: GatewayPorts) {
    const { market, account } = settings;
    this.#settings = settings;
    this.#ports = ports;
    this.account = account;
    this.venue = venueOf(market);
    this.#limits = gatewayLimitsOf(market, settings.limits);
    const limits = this.#limits;
    this.capabilities = capabilitiesOf(market, limits);
    this.#budget = new GatewayBudget(limits, ports.budget);
    const nowUs = () => ports.nowUs();
    const { key, rest } = ports;
    this.#calls = new RestCalls({
      baseUrl: settings.restUrl,
      key,
      rest,
      clock: this.clock,
      budget: this.#budget,
      limits,
      nowUs,
    });
    this.#live = new LiveOrders(limits.ordersMax);
    this.#requests = new Requests(limits.queriesMax);
    this.#outbox = new Outbox(ports.sink, limits.reportsMax);
    const parts = {
      account,
      instrument: (symbol: string) => ports.instruments.bySymbol(this.venue, symbol),
      assetId: (code: string) => ports.assetId(code),
      ids: ports.ids,
    };
    this.builder = new ReportBuilder(parts, (record) => this.#report(record));
    this.#reader = new PrivateReader(market, this.builder, (message) => this.#answer(message));
    this.#desk = this.#openDesk();
    this.#link = this.#openLink();
    this.#listenKey = new ListenKey(this.#calls, limits, (why) => this.#link.drop(why));
    this.#entry = this.#openEntry();
  }

  start(): void {
    assert(!this.#isRunning, Code.InvariantBroken);
    this.#isRunning = true;
    this.#tick();
    this.#arm();
  }

  /** Nothing is cancelled by it; what is open stays open at the venue. */
  stop(): void {
    this.#isRunning = false;
    this.#ports.clearTimer(this.#timer);
    this.#link.stop();
  }

  open(effect: Approved): Code {
    if (!this.#isRunning || !this.#isStreamUp || !this.clock.isKnown) return Code.SocketLost;
    return this.#entry.open(effect);
  }

  close(effect: Readonly<TradingRecord>): Code {
    return this.clock.isKnown ? this.#entry.cancel(effect) : Code.SocketLost;
  }

  closeAll(instrument: number): Code {
    return this.clock.isKnown ? this.#entry.cancelAll(instrument) : Code.SocketLost;
  }

  /**
   * USD-M: the venue cancels all orders of this instrument when nothing is heard for so long; 0 ends it. Only a healthy
   * engine renews it. Weighs ten: every 30 s with two minutes, say.
   */
  armDeadMan(instrument: number, countdownMs: number): Code {
    const listed = this.#instrument(instrument);
    assert(Number.isSafeInteger(countdownMs) && countdownMs >= 0, Code.ValueOutOfRange);
    if (listed === undefined || this.#settings.market === "spot") return Code.MessageUnknown;
    if (!this.clock.isKnown) return Code.SocketLost;
    if (!this.#budget.takeCancel(DEAD_MAN_WEIGHT, this.#ports.nowUs())) return Code.RequestBudgetSpent;
    const params: Param[] = [
      ["symbol", listed.venueSymbol],
      ["countdownTime", String(countdownMs)],
    ];
    this.#calls.call("POST", "/fapi/v1/countdownCancelAll", params, "signed", (answer) => {
      if (answer.isOk) return;
      this.#ports.problem(problem(Code.AnswerRefused, `dead-man switch of ${listed.name}: ${answer.msg}`));
    });
    return Code.Ok;
  }

  query(query: VenueQuery): Code {
    const named = "instrument" in query && query.instrument !== "all" ? query.instrument : undefined;
    if (named !== undefined && this.#instrument(named) === undefined) return Code.MessageUnknown;
    if (!this.#isRunning || !this.clock.isKnown) return Code.SocketLost;
    const weight = weightOf(this.#settings.market, query);
    if (weight > 0 && !this.#budget.takeQuery(weight, this.#ports.nowUs())) return Code.RequestBudgetSpent;
    if (!this.#requests.hold(query)) return Code.TableFull;
    this.#questions++;
    for (const each of this.#requests.ready()) this.#desk.ask(each);
    return Code.Ok;
  }

  /** What the key may do and what the account holds, once the venue's clock is known; `done` is called once, later. */
  probe(done: (facts: AccountFacts | Problem) => void): void {
    assert(this.clock.isKnown, Code.NotReady);
    probeAccount(this.#settings.market, this.#calls, done);
  }

  status(): GatewayStatus {
    const nowUs = this.#ports.nowUs();
    return {
      isUp: this.#isStreamUp,
      clockOffsetUs: this.clock.offsetUs,
      clockUncertaintyUs: this.clock.uncertaintyUs,
      requestsOpen: this.#requests.count,
      questionsOpen: this.#questions,
      reconnects: this.#link.reconnects,
      handovers: this.#link.handovers,
      weightUsed: this.#budget.weight.used(nowUs),
      ordersUsed: this.#budget.orders.used(nowUs),
      freezes: this.#budget.freezes,
      reportsTold: this.#outbox.told,
      reportsWaiting: this.#outbox.waiting,
      reportsLost: this.#outbox.lost,
    };
  }

  #openDesk(): QueryDesk {
    return new QueryDesk({
      market: this.#settings.market,
      calls: this.#calls,
      builder: this.builder,
      live: this.#live,
      instrument: (id) => this.#instrument(id),
      nowUs: () => this.#ports.nowUs(),
      tell: (record) => this.#tell(record),
    });
  }

  #openLink(): PrivateLink {
    const ports = this.#ports;
    return new PrivateLink(this.#limits, {
      nowUs: () => ports.nowUs(),
      random: () => ports.random(),
      openSocket: ports.openSocket ?? openWebSocket,
      address: (done) => this.#address(done),
      greeting: () => this.#greeting(),
      text: (text) => this.#text(text),
      up: () => this.#onStream(StreamState.Up),
      silent: () => this.#onStream(StreamState.Silent),
      down: (why) => this.#onDown(why),
    });
  }

  #openEntry(): OrderEntry {
    const ports = this.#ports;
    return new OrderEntry({
      market: this.#settings.market,
      account: this.account,
      calls: this.#calls,
      requests: this.#requests,
      live: this.#live,
      desk: this.#desk,
      ids: ports.ids,
      instrument: (id) => this.#instrument(id),
      instruments: () => ports.instruments.all().filter((each) => each.venue === this.venue),
      nowUs: () => ports.nowUs(),
      link: this.#link,
      report: (record) => this.#report(record),
      answered: () => this.#askReady(),
      clockOff: () => this.#doubtClock(),
      problem: (p) => ports.problem(p),
    });
  }

  #arm(): void {
    this.#timer = this.#ports.setTimer(this.#limits.tickMs, () => {
      if (!this.#isRunning) return;
      this.#tick();
      this.#arm();
    });
  }

  #tick(): void {
    const nowUs = this.#ports.nowUs();
    if (nowUs >= this.#clockDueUs && !this.#isClockAsked) this.#askClock(nowUs);
    if (this.clock.isKnown) {
      if (this.#link.isStarted) this.#link.tick(nowUs);
      else this.#link.start();
      if (this.#settings.market === "usdm") this.#listenKey.tick(nowUs);
    }
    this.#entry.tick(nowUs);
    this.#outbox.flush();
    this.#poll();
    if (!this.#hasLost || this.#outbox.waiting > 0) return;
    this.#hasLost = false;
    this.#link.drop("reports were lost, the private lane is full");
  }

  #askClock(nowUs: number): void {
    this.#isClockAsked = true;
    this.#clockDueUs = nowUs + this.#limits.clockRetryUs;
    const path = this.#settings.market === "spot" ? "/api/v3/time" : "/fapi/v1/time";
    if (!this.#budget.takeCancel(1, nowUs)) {
      this.#isClockAsked = false;
      return;
    }
    this.#calls.call("GET", path, [], "none", (answer) => {
      this.#isClockAsked = false;
      if (!answer.isOk) return;
      const receivedUs = this.#ports.nowUs();
      this.clock.sample(nowUs, Fields.of(answer.value).whole("serverTime", 0), receivedUs);
      this.#clockDueUs = receivedUs + this.#limits.clockEveryUs;
    });
  }

  #doubtClock(): void {
    this.clock.doubt();
    this.#clockDueUs = 0;
  }

  #address(done: (url: string | undefined) => void): void {
    const { market, privateUrl } = this.#settings;
    if (market === "spot") return done(privateUrl);
    this.#listenKey.get((key) => done(key === undefined ? undefined : `${privateUrl}/ws?listenKey=${key}`));
  }

  #greeting(): string | undefined {
    if (this.#settings.market === "usdm") return undefined;
    const time = { timestampMs: this.clock.nowMs(this.#ports.nowUs()), recvWindowMs: this.#limits.recvWindowMs };
    const params = signedParams([], time, this.#ports.key);
    return JSON.stringify({ id: GREETING, method: "userDataStream.subscribe.signature", params });
  }

  #text(text: string): Heard {
    const heard = this.#reader.text(text, this.#ports.nowUs());
    if (heard === Heard.Deaf) this.#listenKey.forget();
    this.#poll();
    return heard;
  }

  #answer(message: Fields): Heard {
    const nowUs = this.#ports.nowUs();
    const status = message.whole("status", 0);
    this.#budget.onSocketAnswer(message, status, nowUs);
    const answer = readSocket(message);
    if (message.source["id"] === GREETING) return this.#greeted(answer);
    this.#entry.onAnswer(message.whole("id", 0), answer);
    return Heard.Data;
  }

  #greeted(answer: VenueAnswer): Heard {
    if (answer.isOk) return Heard.Greeted;
    this.#doubtClock();
    this.#ports.problem(problem(Code.SubscribeRefused, `${this.venue}, private stream: ${answer.msg}`));
    return Heard.Refused;
  }

  #onStream(state: StreamState): void {
    this.#isStreamUp = state === StreamState.Up;
    const record = new TradingRecord().reset(RecordKind.StreamChanged);
    record.account = this.account;
    record.code = state;
    record.timeUs = this.#ports.nowUs();
    this.#tell(record);
    this.#poll();
  }

  #onDown(why: string): void {
    const said = why.replace(/listenKey=\w+/g, "listenKey=…");
    this.#ports.problem(problem(Code.SocketLost, `${this.venue}, private stream: ${said}`));
    this.#onStream(StreamState.Down);
    this.#entry.onSocketLost();
  }

  #askReady(): void {
    for (const query of this.#requests.ready()) this.#desk.ask(query);
    this.#poll();
  }

  /** Never from within a call of the engine: it does not take inputs while it works on one. */
  #poll(): void {
    if (!this.#isUnread) return;
    this.#isUnread = false;
    this.#ports.poll();
  }

  #report(record: TradingRecord): void {
    if (this.#live.isNews(record)) this.#tell(record);
  }

  #tell(record: TradingRecord): void {
    if (record.kind === RecordKind.QueryEnded) this.#questions--;
    this.#isUnread = true;
    // Without room nothing is certain any more: a new connection begins with a reconciliation.
    if (!this.#outbox.put(record)) this.#hasLost = true;
  }

  #instrument(id: number): Instrument | undefined {
    const found = id === ALL_INSTRUMENTS ? undefined : this.#ports.instruments.get(id);
    return found?.venue === this.venue ? found : undefined;
  }
}

const GREETING = "subscribe";
const DEAD_MAN_WEIGHT = 10;
