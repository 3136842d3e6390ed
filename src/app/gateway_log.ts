/** What a gateway writes into its log: its own life, kills, instances, fills, refusals and problems. */

import { mantissaTextShort } from "../core/decimal.ts";
import { type Problem, problemText } from "../core/problem.ts";
import type { DurableState } from "../engine/durable.ts";
import { Denial } from "../model/denial.ts";
import { Side } from "../model/order.ts";
import { RecordKind, Scope, type TradingRecord } from "../model/record.ts";
import type { LogLine } from "../telemetry/line_ring.ts";
import { createLog, type Log } from "../telemetry/log.ts";
import type { Config } from "./config_schema.ts";

const LINES_KEPT = 2_000;

export interface LogSink {
  /** One line with its end. */
  readonly write: (line: string) => void;
  readonly isTerminal: boolean;
}

export class GatewayLog {
  readonly log: Log;
  /** Records of a recovery were logged in their own time. */
  #isLive = false;

  /** `name`: of a process beside the gateway that writes to the same place. */
  constructor(config: Config, version: string, nowUs: () => number, sink: LogSink, name?: string) {
    const isPretty = config.log.format === "pretty" || (config.log.format === "auto" && sink.isTerminal);
    this.log = createLog({
      level: config.log.level,
      write: isPretty ? (line) => sink.write(prettyLine(line)) : sink.write,
      linesMax: LINES_KEPT,
      nowMs: () => nowUs() / 1_000,
      base: { node: config.node, version, ...(name === undefined ? {} : { name }) },
    });
  }

  /** Recovery is over: what comes from here on is news. */
  live(): void {
    this.#isLive = true;
  }

  info(message: string, fields: object = {}): void {
    this.log.logger.info(fields, message);
  }

  problem(found: Problem): void {
    const { code, detail, hint } = found;
    this.log.logger.warn({ code, hint }, problemText({ code, detail, hint: "" }));
  }

  /** The gateway ends because of it. */
  fatal(found: Problem): void {
    this.log.logger.fatal({ code: found.code, hint: found.hint }, found.detail);
  }

  /** A fault of ours in answering a request. */
  fault(error: unknown, where: string): void {
    this.log.logger.error({ where }, error instanceof Error ? (error.stack ?? error.message) : String(error));
  }

  last(limit: number): readonly LogLine[] {
    return this.log.last(limit);
  }

  /** The records that somebody who looks after trading wants to read; the journal has them all. */
  onRecord(record: Readonly<TradingRecord>, state: DurableState): void {
    if (!this.#isLive) return;
    const { logger } = this.log;
    const facts = { record: record.record };
    switch (record.kind) {
      case RecordKind.OrderFilled:
        return logger.info({ ...facts, ...orderFacts(record, state) }, "order filled");
      case RecordKind.OrderDenied: {
        const denial = Denial[record.code] ?? String(record.code);
        return logger.warn({ ...facts, ...orderFacts(record, state), denial, why: record.text }, "order denied");
      }
      case RecordKind.OrderRejected:
        return logger.warn({ ...facts, order: record.order, why: record.text }, "order rejected by the venue");
      case RecordKind.OrderUnknown:
        return logger.warn(
          { ...facts, order: record.order, why: record.text },
          "nobody knows what became of the order",
        );
      case RecordKind.Killed:
        return logger.warn({ ...facts, scope: Scope[record.scope], why: record.text }, "killed");
      case RecordKind.Resumed:
        return logger.warn({ ...facts, scope: Scope[record.scope], why: record.text }, "resumed");
      case RecordKind.InstanceStarted:
      case RecordKind.InstancePaused:
      case RecordKind.InstanceStopped:
      case RecordKind.InstanceDeleted: {
        const what = (RecordKind[record.kind] as string).slice("Instance".length).toLowerCase();
        const why = record.kind === RecordKind.InstanceStarted ? {} : { why: record.text };
        return logger.info({ ...facts, instance: record.instance, ...why }, `instance ${what}`);
      }
      case RecordKind.ProblemNoted:
        return logger.warn({ ...facts, instance: record.instance, order: record.order }, record.text);
      default:
        return;
    }
  }
}

function orderFacts(record: Readonly<TradingRecord>, state: DurableState): object {
  const instrument = state.instruments.get(record.instrument);
  if (instrument === undefined) return { order: record.order };
  return {
    order: record.order,
    instrument: instrument.name,
    side: record.side === Side.Buy ? "buy" : "sell",
    qty: mantissaTextShort(record.qty, instrument.qtyScale),
    price: mantissaTextShort(record.price, instrument.priceScale),
  };
}

const HIDDEN: readonly string[] = ["level", "time", "msg", "node", "version"];

/** For a person at a terminal: time of day, level where it matters, message, the rest as key=value. */
function prettyLine(line: string): string {
  try {
    const { level, time, msg, ...rest } = JSON.parse(line) as Record<string, unknown>;
    const fields = Object.entries(rest)
      .filter(([name]) => !HIDDEN.includes(name))
      .map(
        ([name, value]) => `${name}=${typeof value === "string" && /\s/.test(value) ? JSON.stringify(value) : value}`,
      );
    const mark = level === "info" ? "" : `${String(level).toUpperCase()} `;
    return `${String(time).slice(11, 23)} ${mark}${String(msg)}${fields.length > 0 ? `  ${fields.join(" ")}` : ""}\n`;
  } catch {
    return line;
  }
}
