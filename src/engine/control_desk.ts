/** decide for commands of people about risk: trading states, breakers, arming, overrides. Each names who says so. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { type Problem, problem } from "../core/problem.ts";
import { RecordKind, Scope, TradingRecord, TradingState } from "../model/record.ts";
import { OVERRIDE_US_MAX, OVERRIDES_MAX, readOverride } from "../risk/overrides.ts";
import type { RiskLevel } from "../risk/risk_level.ts";
import { keyOf } from "../risk/risk_state.ts";
import { atLevel } from "./breaker_watch.ts";
import type { Controls } from "./controls.ts";
import type { Recorder } from "./recorder.ts";

const REASON_UNITS_MAX = 500;

/** `fillId` of these commands is the name of who asks, `text` the reason. */
export class ControlDesk {
  readonly #record = new TradingRecord();

  constructor(
    readonly recorder: Recorder,
    readonly controls: Controls,
  ) {}

  /** True for the kinds that are decided here. */
  static takes(kind: number): boolean {
    switch (kind) {
      case RecordKind.CommandSetTradingState:
      case RecordKind.CommandResetBreaker:
      case RecordKind.CommandArm:
      case RecordKind.CommandOverride:
        return true;
      default:
        return false;
    }
  }

  /** All of its records, or a problem and none. */
  command(command: Readonly<TradingRecord>): Problem | undefined {
    assert(ControlDesk.takes(command.kind), Code.EnumUnknown);
    if (command.kind === RecordKind.CommandOverride) return this.#override(command);
    if (command.fillId.trim() === "") return problem(Code.NameMissing, "whose decision is it?");
    if (command.text.trim() === "") return problem(Code.NameMissing, "a reason is needed", {}, "say why");
    if (command.kind === RecordKind.CommandSetTradingState) return this.#setState(command);
    return command.kind === RecordKind.CommandResetBreaker ? this.#reset(command) : this.#arm(command);
  }

  #setState(command: Readonly<TradingRecord>): Problem | undefined {
    const { code } = command;
    if (code !== TradingState.Active && code !== TradingState.Reducing && code !== TradingState.Halted) {
      return problem(Code.EnumUnknown, "a trading state is active, reducing or halted");
    }
    const record = this.#at(RecordKind.TradingStateSet, command);
    record.code = code;
    this.recorder.emit(record);
    const level = this.#level(command);
    if (level !== undefined && code !== TradingState.Active)
      this.controls.cancelOpenings(level, TradingState[code] ?? "");
    return undefined;
  }

  #reset(command: Readonly<TradingRecord>): Problem | undefined {
    const level = this.#level(command);
    if (level?.breaker(command.code) === undefined) {
      return problem(Code.BreakerUnknown, "no breaker of that kind is tripped there");
    }
    const record = this.#at(RecordKind.BreakerReset, command);
    record.code = command.code;
    this.recorder.emit(record);
    return undefined;
  }

  /** `venueOrderId` is the build that is approved; "" = the one that runs. */
  #arm(command: Readonly<TradingRecord>): Problem | undefined {
    const { accounts } = this.recorder.state;
    if (accounts.get(command.account) === undefined) return problem(Code.NotFound, `no account ${command.account}`);
    const isArmed = (command.flags & 1) === 1;
    const why = isArmed ? this.controls.unfitWhy(command.account) : "";
    if (why !== "") return problem(Code.AccountUnfit, why);
    const record = this.#record.reset(RecordKind.AccountArmed);
    record.account = command.account;
    record.flags = isArmed ? 1 : 0;
    const build = command.venueOrderId === "" ? this.controls.build : command.venueOrderId;
    record.text = this.controls.approvalOf(command.account, build);
    record.fillId = command.fillId;
    if (record.flags === 1 && record.text === "") {
      return problem(Code.OverrideInvalid, "this executable has no build hash: it cannot be approved");
    }
    this.recorder.emit(record);
    return undefined;
  }

  #override(command: Readonly<TradingRecord>): Problem | undefined {
    const { nowUs, state } = this.recorder;
    const read = readOverride(command.text);
    if ("detail" in read) return read;
    if (!(command.qty > 0)) return problem(Code.OverrideInvalid, "an override is for one order of one size");
    if (state.instruments.get(command.instrument) === undefined) return problem(Code.NotFound, "no such instrument");
    if (!(command.expireUs > nowUs) || command.expireUs > nowUs + OVERRIDE_US_MAX) {
      return problem(Code.OverrideInvalid, "an override ends within five minutes");
    }
    const record = this.#record.copyFrom(command, RecordKind.OverrideGranted);
    const before = state.risk.ignoredCount;
    this.recorder.emit(record);
    if (state.risk.ignoredCount === before) return undefined;
    return problem(Code.OverrideInvalid, `${OVERRIDES_MAX} overrides are open already`);
  }

  #level(command: Readonly<TradingRecord>): RiskLevel | undefined {
    const { risk } = this.recorder.state;
    const { scope } = command;
    if (scope === Scope.Venue) return risk.venueLevel(command.venueOrderId);
    return risk.level(scope, keyOf(command));
  }

  #at(kind: RecordKind, command: Readonly<TradingRecord>): TradingRecord {
    const record = atLevel(this.#record.reset(kind), command.scope, keyOf(command), command.venueOrderId);
    record.fillId = command.fillId;
    record.text = command.text.slice(0, REASON_UNITS_MAX);
    return record;
  }
}
