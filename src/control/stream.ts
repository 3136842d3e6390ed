/** The stream: follows records, bars and the board, writes each update once, hands it to all who read the channel. */

import { Value } from "@sinclair/typebox/value";
import type { ServerWebSocket } from "bun";
import { Code, codeName } from "../core/code.ts";
import { nearest } from "../core/nearest.ts";
import { RecordKind, type TradingRecord } from "../model/record.ts";
import type { ControlContext } from "./context.ts";
import type { StreamFigures } from "./http_metrics.ts";
import type { ClosedBar } from "./listener.ts";
import { barView } from "./market_view.ts";
import type { Sessions } from "./sessions.ts";
import { messageText, StreamChannel } from "./stream_channel.ts";
import { StreamClose, type StreamData, StreamReader } from "./stream_reader.ts";
import { StreamRows } from "./stream_rows.ts";
import { CHANNELS, type Channel, StreamRequest } from "./views.ts";

const RECORDS_MS = 20;
const QUOTES_MS = 100;
const SECOND_MS = 1_000;
/** Without a reader nothing is written; so long after the last one has gone it may still resume. */
const LINGER_US = 30_000_000;

export class StreamHub {
  readonly #channels: Readonly<Record<Channel, StreamChannel>>;
  readonly #readers = new Set<StreamReader>();
  readonly #rows: StreamRows;
  readonly #timers: ReturnType<typeof setInterval>[] = [];
  #lastReaderUs = Number.NEGATIVE_INFINITY;
  #closedSlow = 0;
  #badMessages = 0;
  #sent = 0;

  constructor(
    readonly ctx: ControlContext,
    readonly sessions: Sessions,
  ) {
    const { limits, ports } = ctx;
    const first = Math.floor(ports.startedUs / 1_000);
    const channels = CHANNELS.map((name) => [name, new StreamChannel(name, limits, first)] as const);
    this.#channels = Object.fromEntries(channels) as Record<Channel, StreamChannel>;
    this.#rows = new StreamRows(ctx);
  }

  start(): void {
    this.#timers.push(setInterval(() => this.flushRecords(), RECORDS_MS));
    this.#timers.push(setInterval(() => this.flushQuotes(), QUOTES_MS));
    this.#timers.push(setInterval(() => this.onSecond(), SECOND_MS));
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
    for (const reader of [...this.#readers]) reader.close(StreamClose.ServerStops, "the gateway stops");
  }

  get figures(): StreamFigures {
    const figures = { readers: this.#readers.size, closedSlow: this.#closedSlow };
    return { ...figures, badMessages: this.#badMessages, sent: this.#sent };
  }

  get isFull(): boolean {
    return this.#readers.size >= this.ctx.limits.streamsMax;
  }

  onRecord(record: Readonly<TradingRecord>): void {
    if (record.order <= 0 || record.kind < RecordKind.OrderIntent || record.kind > RecordKind.FillBusted) return;
    if (!this.#isWatched()) return;
    this.#rows.noteOrder(record.order);
    if (record.kind === RecordKind.OrderFilled || record.kind === RecordKind.FillBusted) this.#rows.noteFill(record);
    if (record.kind !== RecordKind.FillBusted) return;
    for (const fill of this.ctx.memory.fills.last(this.ctx.limits.pageRowsMax)) {
      if (fill.busted && fill.fillId === record.fillId && fill.order === record.order) this.#rows.noteBust(fill.record);
    }
  }

  onBar(bar: ClosedBar): void {
    const instrument = this.ctx.ports.state.instruments.get(bar.instrument);
    if (instrument !== undefined && this.#isWatched()) this.#publish("bars", [barView(instrument, bar)]);
  }

  /** Orders, fills and positions that changed; each in messages of a bounded number of rows. */
  flushRecords(): void {
    if (!this.#isWatched()) this.#rows.dropOrdersAndFills();
    if (!this.#rows.hasOrders && !this.#rows.hasFills) return;
    const limit = this.ctx.limits.pageRowsMax;
    const hadFills = this.#rows.hasFills;
    while (this.#rows.hasOrders) this.#publish("orders", this.#rows.takeOrders(limit));
    while (this.#rows.hasFills) this.#publish("fills", this.#rows.takeFills(limit));
    if (hadFills) this.#publish("positions", this.#rows.takeFilledPositions());
  }

  flushQuotes(): void {
    if (this.#isWatched()) this.#publish("quotes", this.#rows.takeQuotes());
  }

  /** Equity points are kept whether anybody reads or not: the curve must not have holes. */
  onSecond(): void {
    const points = this.ctx.money.pnl.points(this.ctx.ports.nowUs());
    this.ctx.pnl.add(points);
    if (this.#isWatched()) {
      this.#publish("pnl", points);
      this.#publish("positions", this.#rows.takePositions());
      this.#publish("status", this.#rows.status());
    } else {
      this.#rows.dropOrdersAndFills();
      for (const name of CHANNELS) this.#channels[name].skip();
    }
    for (const reader of [...this.#readers]) this.#checkSession(reader);
  }

  open(socket: ServerWebSocket<StreamData>): void {
    const nowUs = this.ctx.ports.nowUs();
    const reader = new StreamReader(socket, this.ctx.limits, nowUs);
    socket.data.reader = reader;
    // What came before anybody read is in the snapshots.
    if (!this.#isWatched()) this.#rows.dropOrdersAndFills();
    this.#readers.add(reader);
  }

  close(socket: ServerWebSocket<StreamData>): void {
    const { reader } = socket.data;
    if (reader === undefined) return;
    reader.isClosed = true;
    this.#readers.delete(reader);
    this.#lastReaderUs = this.ctx.ports.nowUs();
  }

  /** One message of a reader. Total: what is no request is answered by an error and counted. */
  message(socket: ServerWebSocket<StreamData>, message: string | Buffer): void {
    const { reader } = socket.data;
    if (reader === undefined || reader.isClosed) return;
    if (!reader.mayAsk(this.ctx.ports.nowUs())) {
      this.#refuse(reader, Code.TooManyRequests, "too many messages in a second");
      return;
    }
    const request = readRequest(message);
    if (request === undefined) {
      this.#refuse(reader, Code.BodyInvalid, "the message is no {op, channels?, resume?}");
      return;
    }
    if (request.op === "ping") {
      this.#send(reader, messageText({ channel: "status", type: "pong", seq: 0, record: 0, data: [] }));
      return;
    }
    // What a request may add to the buffer is bounded; a reader that is behind asks for nothing more.
    if (!reader.isCurrent) {
      this.#closedSlow++;
      reader.close(StreamClose.SlowReader, "SlowReader");
      return;
    }
    for (const name of new Set<string>(request.channels ?? CHANNELS)) {
      if (!isChannel(name)) {
        const near = nearest(name, CHANNELS);
        const more = near === undefined ? `there are ${CHANNELS.join(", ")}` : `did you mean ${near}?`;
        this.#refuse(reader, Code.NotFound, `there is no channel ${JSON.stringify(name)}: ${more}`);
      } else if (request.op === "unsubscribe") reader.channels.delete(name);
      else this.#subscribe(reader, name, request.resume?.[name]);
    }
  }

  /** What is still held of the updates after `resume`, else a snapshot; then every update. */
  #subscribe(reader: StreamReader, name: Channel, resume: number | undefined): void {
    this.flushRecords();
    const channel = this.#channels[name];
    const held = resume === undefined ? undefined : channel.since(resume);
    if (held !== undefined) for (const text of held) this.#send(reader, text, true);
    else this.#send(reader, channel.snapshot(this.#snapshotRows(name), this.ctx.ports.state.record), true);
    if (!reader.isClosed) reader.channels.add(name);
  }

  #snapshotRows(name: Channel): readonly unknown[] {
    switch (name) {
      case "quotes":
        return this.#rows.quotes();
      case "bars":
        return this.#rows.bars();
      case "orders":
        return this.#rows.orders();
      case "fills":
        return this.#rows.fills();
      case "positions":
        return this.ctx.money.positions();
      case "pnl":
        return this.ctx.money.pnl.points(this.ctx.ports.nowUs());
      case "status":
        return this.#rows.status();
    }
  }

  #publish(name: Channel, rows: readonly unknown[]): void {
    if (rows.length === 0) return;
    const record = name === "quotes" || name === "bars" ? 0 : this.ctx.ports.state.record;
    const text = this.#channels[name].update(rows, record);
    for (const reader of this.#readers) if (reader.channels.has(name)) this.#send(reader, text);
  }

  #send(reader: StreamReader, text: string, isAsked = false): void {
    if (reader.isClosed) return;
    if (reader.send(text, isAsked)) this.#sent++;
    else this.#closedSlow++;
  }

  #refuse(reader: StreamReader, code: Code, detail: string): void {
    this.#badMessages++;
    const data = [{ code: codeName(code), detail }];
    this.#send(reader, messageText({ channel: "status", type: "error", seq: 0, record: 0, data }));
    reader.noteBad();
  }

  /** A stream lasts no longer than its session; an open one keeps the session in use. */
  #checkSession(reader: StreamReader): void {
    const { session } = reader.socket.data;
    if (session === "" || this.sessions.renew(session)) return;
    reader.close(StreamClose.SessionOver, "the session is over");
  }

  #isWatched(): boolean {
    return this.#readers.size > 0 || this.ctx.ports.nowUs() - this.#lastReaderUs < LINGER_US;
  }
}

function readRequest(message: string | Buffer): StreamRequest | undefined {
  if (typeof message !== "string") return undefined;
  try {
    const value: unknown = JSON.parse(message);
    return Value.Check(StreamRequest, value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isChannel(name: string): name is Channel {
  return (CHANNELS as readonly string[]).includes(name);
}
