/** One live account at a venue: orders out, reports and answers in. All that waits is driven by one timer. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { type Problem, problem } from "../../core/problem.ts";
import { ALL_INSTRUMENTS, type VenueCapabilities, type VenueGateway, type VenueQuery } from "../../engine/ports.ts";
import type { Instrument, InstrumentTable } from "../../model/instrument.ts";
import { RecordKind, StreamState, TradingRecord } from "../../model/record.ts";
import type { Approved } from "../../risk/approved.ts";
import { type DeadManAnswer, DeadManDesk } from "./dead_man_desk.ts";
import { FeeDesk, type FeeFact } from "./fee_desk.ts";
import type { AccountFacts, LineWords, LiveDialect, LiveHost } from "./live_dialect.ts";
import type { LiveLimits } from "./live_limits.ts";
import { LiveOrders } from "./live_orders.ts";
import { OrderEntry } from "./order_entry.ts";
import type { OrderIds } from "./order_ids.ts";
import { Requests } from "./order_requests.ts";
import { Outbox, type ReportSink } from "./outbox.ts";
import { PrivateLink } from "./private_link.ts";
import { isOfOrder, QueryDesk } from "./query_desk.ts";
import { ReportBuilder } from "./report_builder.ts";
import type { RequestClient } from "./rest.ts";
import { RestCalls } from "./rest_calls.ts";
import { ServerClock } from "./server_clock.ts";
import { type OpenSocket, openWebSocket } from "./socket.ts";

export interface LivePorts {
  nowUs(): number;
  /** In [0, 1). */
  random(): number;
  setTimer(delayMs: number, fn: () => void): unknown;
  clearTimer(handle: unknown): void;
  readonly rest: RequestClient;
  readonly ids: OrderIds;
  readonly instruments: InstrumentTable;
  assetId(code: string): number | undefined;
  readonly sink: ReportSink;
  /** The engine takes what waits in its private lane. */
  poll(): void;
  problem(p: Problem): void;
  /** Bun's WebSocket when none is given. */
  readonly openSocket?: OpenSocket;
}

/** Counts since the start but for what is measured now. */
export interface GatewayStatus {
  /** The private stream is up. */
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
  /** What is charged, as far as the venue has told it, and of how many instruments it has not. */
  readonly fees: readonly FeeFact[];
  readonly feesMissing: number;
}

export interface LiveAccount {
  readonly account: number;
  readonly venue: string;
  readonly limits: LiveLimits;
}

export class LiveGateway implements VenueGateway {
  readonly account: number;
  readonly venue: string;
  readonly capabilities: VenueCapabilities;
  readonly builder: ReportBuilder;
  readonly clock = new ServerClock();
  readonly #ports: LivePorts;
  readonly #limits: LiveLimits;
  readonly #dialect: LiveDialect;
  readonly #calls: RestCalls;
  readonly #live: LiveOrders;
  readonly #requests: Requests;
  readonly #outbox: Outbox;
  readonly #desk: QueryDesk;
  readonly #entry: OrderEntry;
  readonly #deadMan: DeadManDesk;
  readonly #fees: FeeDesk;
  readonly #link: PrivateLink;
  /** Of orders alone, where the venue has such a one. */
  readonly #orderLink: PrivateLink | undefined;
  #timer: unknown;
  #isRunning = false;
  #clockDueUs = 0;
  #isClockAsked = false;
  #isStreamUp = false;
  #questions = 0;
  /** The engine has not been asked to look yet. */
  #isUnread = false;
  #hasLost = false;

  constructor({ account, venue, limits }: LiveAccount, ports: LivePorts, speak: (host: LiveHost) => LiveDialect) {
    this.#ports = ports;
    this.account = account;
    this.venue = venue;
    this.#limits = limits;
    this.#live = new LiveOrders(limits.ordersMax);
    this.#requests = new Requests(limits.queriesMax, ports.nowUs());
    this.#outbox = new Outbox(ports.sink, limits.reportsMax);
    const parts = {
      account,
      instrument: (symbol: string) => ports.instruments.bySymbol(venue, symbol),
      assetId: (code: string) => ports.assetId(code),
      ids: ports.ids,
    };
    this.builder = new ReportBuilder(parts, (record) => this.#report(record));
    this.#dialect = speak(this.#openHost());
    assert(this.#dialect.venue === venue, Code.InvariantBroken);
    this.capabilities = this.#dialect.capabilities;
    this.#calls = new RestCalls(
      ports.rest,
      this.#dialect,
      () => ports.nowUs(),
      () => this.#doubtClock(),
    );
    this.#desk = this.#openDesk();
    this.#link = this.#openStream();
    this.#orderLink = this.#openOrders();
    this.#entry = this.#openEntry();
    this.#deadMan = new DeadManDesk(
      (ask, done) => this.#calls.call(ask, done),
      (why) => ports.problem(problem(Code.AnswerRefused, `dead-man switch: ${why}`)),
    );
    this.#fees = new FeeDesk({
      instruments: () => this.#listed(),
      askOf: (instrument) => this.#dialect.fees(instrument),
      take: (weight, nowUs) => this.#dialect.budget.takeSpare(weight, nowUs),
      call: (ask, done) => this.#calls.call(ask, done),
      nowUs: () => ports.nowUs(),
      problem: (found) => ports.problem(found),
    });
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
    this.#orderLink?.stop();
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
   * The venue cancels all orders when nothing is heard for so long (of this instrument, or of the account: as the venue
   * has it); 0 ends it. Only a healthy engine renews it: every 30 s with two minutes, say. Ok: it is asked for, or what was
   * asked a moment ago stands for it; what the venue says to that, `done` hears once. Any other code: nothing was asked.
   */
  armDeadMan(instrument: number, countdownMs: number, done: DeadManAnswer = () => undefined): Code {
    const listed = this.#instrument(instrument);
    assert(Number.isSafeInteger(countdownMs) && countdownMs >= 0, Code.ValueOutOfRange);
    if (listed !== undefined && !this.clock.isKnown) return Code.SocketLost;
    const ask = listed === undefined ? undefined : this.#dialect.deadMan(listed, countdownMs);
    if (ask === undefined) return Code.MessageUnknown;
    if (ask === "standing") this.#deadMan.stand(done);
    else if (this.#dialect.budget.takeCancel(ask.weight, this.#ports.nowUs())) this.#deadMan.ask(ask, done);
    else {
      this.#deadMan.unsent();
      return Code.RequestBudgetSpent;
    }
    return Code.Ok;
  }

  /** Orders that one request of a cancel-all ends; 0: no batches are sent. */
  get batchMax(): number {
    return this.#dialect.batchMax ?? 0;
  }

  query(query: VenueQuery): Code {
    const named = "instrument" in query && query.instrument !== "all" ? query.instrument : undefined;
    if (named !== undefined && this.#instrument(named) === undefined) return Code.MessageUnknown;
    if (!this.#isRunning || !this.clock.isKnown) return Code.SocketLost;
    const weight = this.#dialect.weightOf(query);
    const { budget } = this.#dialect;
    if (weight > 0 && !budget.takeQuery(weight, this.#ports.nowUs(), isOfOrder(query))) return Code.RequestBudgetSpent;
    if (!this.#requests.hold(query)) return Code.TableFull;
    this.#questions++;
    for (const each of this.#requests.ready()) this.#desk.ask(each);
    return Code.Ok;
  }

  /**
   * What the key may do and what the account holds, once the venue's clock is known; `done` is called once, later. What the
   * account is charged is asked for from then on.
   */
  probe(done: (facts: AccountFacts | Problem) => void): void {
    assert(this.clock.isKnown, Code.NotReady);
    this.#dialect.probe((facts) => {
      if (!("detail" in facts)) this.#fees.begin();
      done(facts);
    });
  }

  status(): GatewayStatus {
    const used = this.#dialect.budget.used(this.#ports.nowUs());
    return {
      isUp: this.#isStreamUp,
      clockOffsetUs: this.clock.offsetUs,
      clockUncertaintyUs: this.clock.uncertaintyUs,
      requestsOpen: this.#requests.count,
      questionsOpen: this.#questions,
      reconnects: this.#link.reconnects,
      handovers: this.#link.handovers,
      weightUsed: used.weight,
      ordersUsed: used.orders,
      freezes: used.freezes,
      reportsTold: this.#outbox.told,
      reportsWaiting: this.#outbox.waiting,
      reportsLost: this.#outbox.lost,
      fees: this.#fees.facts,
      feesMissing: this.#fees.missing,
    };
  }

  /** What the dialect may do, once the gateway stands: nothing of it is called while it is made. */
  #openHost(): LiveHost {
    const ports = this.#ports;
    return {
      account: this.account,
      builder: this.builder,
      limits: this.#limits,
      clock: this.clock,
      ids: ports.ids,
      nowUs: () => ports.nowUs(),
      call: (ask, done) => this.#calls.call(ask, done),
      answer: (id, answer) => this.#entry.onAnswer(id, answer),
      drop: (why) => this.#link.drop(why),
      clockOff: () => this.#doubtClock(),
      problem: (p) => ports.problem(p),
    };
  }

  #openDesk(): QueryDesk {
    return new QueryDesk({
      account: this.account,
      dialect: this.#dialect,
      live: this.#live,
      ids: this.#ports.ids,
      pagesMax: this.#limits.pagesMax,
      call: (ask, done) => this.#calls.call(ask, done),
      instrument: (id) => this.#instrument(id),
      nowUs: () => this.#ports.nowUs(),
      tell: (record) => this.#tell(record),
    });
  }

  #openStream(): PrivateLink {
    return this.#openLink(this.#dialect.stream, {
      up: () => this.#onStream(StreamState.Up),
      silent: () => this.#onStream(StreamState.Silent),
      down: (why) => this.#onDown(why),
    });
  }

  #openOrders(): PrivateLink | undefined {
    const { orders } = this.#dialect;
    if (orders === undefined) return undefined;
    const down = (why: string) => {
      this.#ports.problem(problem(Code.SocketLost, `${this.venue}, connection of orders: ${why}`));
      this.#entry.onSocketLost();
      this.#poll();
    };
    return this.#openLink(orders, { up: () => undefined, silent: () => undefined, down });
  }

  #openLink(words: LineWords, on: { up(): void; silent(): void; down(why: string): void }): PrivateLink {
    const ports = this.#ports;
    const { ping } = words;
    return new PrivateLink(this.#limits, {
      nowUs: () => ports.nowUs(),
      random: () => ports.random(),
      openSocket: ports.openSocket ?? openWebSocket,
      address: (done) => words.address(done),
      greeting: () => words.greeting(),
      text: (text, reply) => {
        const heard = words.text(text, reply);
        this.#poll();
        return heard;
      },
      ...(ping === undefined ? {} : { ping }),
      ...on,
    });
  }

  #openEntry(): OrderEntry {
    const ports = this.#ports;
    return new OrderEntry({
      account: this.account,
      dialect: this.#dialect,
      limits: this.#limits,
      requests: this.#requests,
      live: this.#live,
      desk: this.#desk,
      ids: ports.ids,
      link: this.#orderLink ?? this.#link,
      call: (ask, done) => this.#calls.call(ask, done),
      instrument: (id) => this.#instrument(id),
      instruments: () => this.#listed(),
      nowUs: () => ports.nowUs(),
      report: (record) => this.#report(record),
      isStreamUp: () => this.#isStreamUp,
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
      for (const link of [this.#link, this.#orderLink]) {
        if (link?.isStarted === true) link.tick(nowUs);
        else link?.start();
      }
      this.#dialect.tick?.(nowUs);
      this.#fees.tick(nowUs);
    }
    this.#entry.tick(nowUs);
    this.#outbox.flush();
    this.#poll();
    if (!this.#hasLost || this.#outbox.waiting > 0) return;
    this.#hasLost = false;
    this.#link.drop("reports were lost, the private lane is full");
  }

  #askClock(nowUs: number): void {
    this.#clockDueUs = nowUs + this.#limits.clockRetryUs;
    const ask = this.#dialect.clockAsk();
    if (!this.#dialect.budget.takeCancel(ask.weight, nowUs)) return;
    this.#isClockAsked = true;
    this.#calls.call(ask, (answer) => {
      this.#isClockAsked = false;
      if (!answer.isOk) return;
      const receivedUs = this.#ports.nowUs();
      this.clock.sample(nowUs, this.#dialect.clockMs(answer.value), receivedUs);
      this.#clockDueUs = receivedUs + this.#limits.clockEveryUs;
    });
  }

  #doubtClock(): void {
    this.clock.doubt();
    this.#clockDueUs = 0;
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
    this.#ports.problem(problem(Code.SocketLost, `${this.venue}, private stream: ${said(why)}`));
    this.#onStream(StreamState.Down);
    if (this.#orderLink === undefined) this.#entry.onSocketLost();
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

  #listed(): readonly Instrument[] {
    return this.#ports.instruments.all().filter((each) => each.venue === this.venue);
  }

  #instrument(id: number): Instrument | undefined {
    const found = id === ALL_INSTRUMENTS ? undefined : this.#ports.instruments.get(id);
    return found?.venue === this.venue ? found : undefined;
  }
}

/** Addresses may carry keys of the connection: they are not shown. */
function said(why: string): string {
  return why.replace(/listenKey=\w+/g, "listenKey=…");
}
