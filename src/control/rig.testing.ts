/** A gateway for tests of the interface: a real engine and state, commands answered in the process, a real server. */

import type { Problem } from "../core/problem.ts";
import { apply } from "../engine/apply.ts";
import { DurableState } from "../engine/durable.ts";
import { Desk, ETH } from "../engine/engine.testing.ts";
import { RecordKind, Scope, TradingRecord } from "../model/record.ts";
import { BoardColumn, MarketBoard } from "../ring/board.ts";
import { definitionOf } from "./instance_definition.ts";
import type { CommandAnswer, Commander, ControlPorts, EngineHealth } from "./ports.ts";
import { type Control, type ControlOptions, startControl } from "./server.ts";
import type { BookView } from "./views.ts";

export const TOKEN = "test-token-0123456789abcdef0123456789abcdef";

/** The engine's desk with a replica behind it: records go to the replica one by one, as in the real process. */
export class Rig implements Commander {
  readonly desk: Desk;
  readonly replica: DurableState;
  readonly board: MarketBoard;
  readonly ports: { -readonly [Name in keyof ControlPorts]: ControlPorts[Name] };
  readonly #pending: TradingRecord[] = [];
  /** Everything that was ever journaled: what a restart reads again. */
  readonly records: TradingRecord[] = [];
  readonly killed: string[] = [];
  control!: Control;
  /** Hears of each record that the replica has applied. */
  follower: ((record: Readonly<TradingRecord>) => void) | undefined;
  faults: unknown[] = [];
  nowUs: () => number;
  /** Records that the replica does not hold yet are kept back while this is true. */
  isLagging = false;
  ready = true;
  /** Delay of each answer in turns of the event loop. */
  answerTurns = 0;

  constructor(desk: Desk = new Desk()) {
    this.desk = desk;
    this.nowUs = () => desk.nowUs;
    this.replica = new DurableState(desk.limits);
    this.board = new MarketBoard(new SharedArrayBuffer(MarketBoard.bytes(desk.limits.instrumentsMax)));
    const append = desk.journal.append.bind(desk.journal);
    desk.journal.replay(new TradingRecord(), (record) => this.#keep(record));
    desk.journal.append = (record) => {
      append(record);
      this.#keep(record);
    };
    this.ports = this.#makePorts();
  }

  start(options: Partial<ControlOptions> = {}): Control {
    this.control = startControl(this.ports, {
      host: "127.0.0.1",
      port: 0,
      onFault: (error) => this.faults.push(error),
      ...options,
    });
    this.pump();
    return this.control;
  }

  /** What the journal holds reaches the replica and the interface. */
  pump(): void {
    if (this.isLagging) return;
    for (const record of this.#pending.splice(0)) {
      apply(this.replica, record);
      this.control.listener.onRecord(record);
      this.follower?.(record);
    }
  }

  quote(bid: number, ask: number): void {
    this.desk.nowUs += 1_000;
    this.desk.quote(bid, ask);
    this.board.begin(0);
    const cells: [BoardColumn, number][] = [
      [BoardColumn.Flags, 1],
      [BoardColumn.BidPrice, bid],
      [BoardColumn.BidQty, 1e6],
      [BoardColumn.AskPrice, ask],
      [BoardColumn.AskQty, 1e6],
      [BoardColumn.QuoteTimeUs, this.desk.nowUs],
    ];
    for (const [column, value] of cells) this.board.set(0, column, value);
    this.board.end(0);
    this.pump();
  }

  /** The venue accepts an order and fills all of it. */
  fill(order: number, fillId: string): void {
    this.desk.report(RecordKind.OrderAccepted, order);
    this.desk.report(RecordKind.OrderFilled, order, { fillId, cumQty: this.desk.state.orders.qty(order), feeLo: 7 });
    this.pump();
  }

  async send(command: TradingRecord): Promise<CommandAnswer> {
    const { desk } = this;
    const from = desk.state.record;
    const { nextOrder } = desk.state.orders;
    let problem: Problem | undefined;
    const { CommandInstanceStart, CommandInstanceDelete } = RecordKind;
    if (command.kind >= CommandInstanceStart && command.kind <= CommandInstanceDelete) this.#instance(command);
    else {
      command.timeUs = desk.nowUs;
      if (!desk.lanes.commands.put(command)) throw new Error("the command lane is full");
      desk.engine.poll();
      for (let answer = desk.answer(); answer !== undefined; answer = desk.answer()) {
        problem = answer.text.startsWith("{") ? (JSON.parse(answer.text) as Problem) : undefined;
      }
    }
    const made = this.records.filter((record) => record.record > from);
    this.pump();
    for (let turn = 0; turn < this.answerTurns; turn++) await Bun.sleep(0);
    const refusal = made.find((record) => REFUSALS.has(record.kind));
    const order = command.kind === RecordKind.CommandPlace ? nextOrder : command.order;
    return {
      ok: refusal === undefined && problem === undefined,
      record: desk.state.record,
      order,
      instance: command.instance === 0 ? desk.state.instances.count : command.instance,
      denial: refusal?.code ?? 0,
      problem,
    };
  }

  kill(scope: Scope, key: number, why: string, venue = ""): Promise<CommandAnswer> {
    this.killed.push(why);
    return this.#scoped(RecordKind.CommandKill, scope, key, why, venue);
  }

  resume(scope: Scope, key: number, why: string, venue = ""): Promise<CommandAnswer> {
    return this.#scoped(RecordKind.CommandResume, scope, key, why, venue);
  }

  prepare(strategy: string) {
    const hint = "see /api/v1/strategies";
    const known = strategy === "ema-cross";
    const problem = { code: "StrategyNotFound", detail: `there is no strategy ${strategy}`, hint };
    return Promise.resolve(known ? undefined : problem);
  }

  book(instrument: number): Promise<BookView | undefined> {
    if (instrument !== 0) return Promise.resolve(undefined);
    const levels = { bids: [["2000", "1"]] as [string, string][], asks: [["2001", "1"]] as [string, string][] };
    return Promise.resolve({ instrument: ETH.name, valid: true, updateId: 1, ...levels, time: null });
  }

  health(): EngineHealth {
    return {
      ready: this.ready,
      notReady: this.ready ? [] : ["journal is being recovered"],
      epoch: 1,
      engineRestarts: 0,
      durableRecord: this.desk.state.record,
      input: this.desk.state.input,
      providers: [PROVIDER],
      problems: [{ code: "BookStale", detail: "no update", hint: "check the stream" }],
      journalOccupancy: 0,
      accounts: [{ venue: "binance-spot", mode: "paper" }],
      instanceProblems: new Map(),
    };
  }

  #keep(record: Readonly<TradingRecord>): void {
    const copy = new TradingRecord().copyFrom(record);
    this.records.push(copy);
    this.#pending.push(copy);
  }

  #scoped(kind: RecordKind, scope: Scope, key: number, why: string, venue: string): Promise<CommandAnswer> {
    const command = new TradingRecord().reset(kind);
    command.scope = scope;
    if (scope === Scope.Instance) command.instance = key;
    else if (scope === Scope.Instrument) command.instrument = key;
    else command.account = key;
    command.text = why;
    if (scope === Scope.Venue) command.venueOrderId = venue;
    return this.send(command);
  }

  /** The engine of this milestone's start knows no instances by command: their records are written here. */
  #instance(command: Readonly<TradingRecord>): void {
    const { desk } = this;
    const record = new TradingRecord().reset(INSTANCE_RECORDS[command.kind] as RecordKind);
    record.instance = command.instance === 0 ? desk.state.instances.count + 1 : command.instance;
    record.text = command.text;
    if (command.kind === RecordKind.CommandInstanceResume) {
      const instance = desk.state.instances.get(command.instance);
      record.text = JSON.stringify(instance === undefined ? {} : definitionOf(instance));
    }
    desk.engine.define(record, desk.nowUs);
  }

  #makePorts(): ControlPorts {
    return {
      state: this.replica,
      board: this.board,
      commander: this,
      health: () => this.health(),
      metrics: () => [
        { name: "meltica_records_total", help: "records", type: "counter", value: this.desk.state.record },
      ],
      strategies: () => [
        { name: "ema-cross", source: "built-in", markets: ["main"], params: { size: { type: "number" }, fast: {} } },
      ],
      token: TOKEN,
      node: 1,
      version: "0.0.0-test",
      dataDir: "/tmp/none",
      startedUs: 1_000_000_000,
      nowUs: () => this.nowUs(),
      logs: (limit) =>
        [
          { level: "info", msg: "one" },
          { level: "warn", msg: "two" },
        ].slice(-limit),
    };
  }
}

const PROVIDER = {
  name: "sim",
  adapter: "sim",
  connected: true,
  reconnects: 0,
  frames: 1,
  setAside: 0,
  lastFrame: null,
  problem: null,
};

const REFUSALS: ReadonlySet<number> = new Set([
  RecordKind.OrderDenied,
  RecordKind.CancelDenied,
  RecordKind.ReplaceDenied,
]);

/** Pause and delete have no state in D yet: they are written as stops. */
const INSTANCE_RECORDS: Readonly<Record<number, RecordKind>> = {
  [RecordKind.CommandInstanceStart]: RecordKind.InstanceStarted,
  [RecordKind.CommandInstancePause]: RecordKind.InstanceStopped,
  [RecordKind.CommandInstanceResume]: RecordKind.InstanceStarted,
  [RecordKind.CommandInstanceStop]: RecordKind.InstanceStopped,
  [RecordKind.CommandInstanceDelete]: RecordKind.InstanceDeleted,
};

/** A client that holds the token. */
export class Client {
  constructor(
    readonly rig: Rig,
    readonly inProcess = false,
  ) {}

  async ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const init: RequestInit = { method, headers: { authorization: `Bearer ${TOKEN}`, ...headers } };
    if (body !== undefined) {
      init.headers = { "content-type": "application/json", ...init.headers };
      init.body = typeof body === "string" ? body : JSON.stringify(body);
    }
    const url = this.rig.control.url + path;
    const response = this.inProcess ? await this.rig.control.handle(new Request(url, init)) : await fetch(url, init);
    const text = await response.text();
    const type = response.headers.get("content-type") ?? "";
    return {
      status: response.status,
      headers: response.headers,
      text,
      type,
      json: /json/.test(type) ? JSON.parse(text) : undefined,
    };
  }

  get(path: string): Promise<Answer> {
    return this.ask("GET", path);
  }

  post(path: string, body: unknown = {}, headers: Record<string, string> = {}): Promise<Answer> {
    return this.ask("POST", path, body, headers);
  }
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly type: string;
  /** Whatever came back: tests look into it. */
  readonly json: ReturnType<typeof JSON.parse>;
}

export const ORDER = { account: "desk", instrument: ETH.name, side: "buy", qty: "0.5", price: "2000" } as const;
