/**
 * What the watchdog process decides: when the engine counts as silent, and when an alarm has ended. No process, no files here.
 *
 * An alarm cancels; it does not kill. A kill takes a person to resume, and an engine that stood still for a second is replaced and
 * goes on (DESIGN 3.10: control ends the worker and a new one recovers): it finds its orders canceled, as after any cancel at the
 * venue. An engine that does not come back sends nothing. So no KILL file is written here. Whoever wants it stopped for good
 * says so: `meltica kill`.
 *
 * - silent for 1 s while guarded → alarm. Also when control found the engine stalled, though the new one beats within the second.
 * - A polite stop is said on the page before the engine ends: its orders are left on purpose, no alarm.
 * - An alarm ends when the engine beats again and everything that was open is canceled, or when the gateway's process is gone
 *   and the venue has said twice that nothing is open. While a process stands still, the venue is looked at again and again:
 *   what was on its way lands late.
 */

import { Code } from "../core/code.ts";
import { type Problem, problem } from "../core/problem.ts";
import { type CancelAllClient, CancelAllOutcome, type CancelAllReport } from "../venue/wire/cancel_all.ts";
import { CancelRound } from "./cancel_round.ts";
import { bitOf, GatewayState, type HeartbeatPage, WatchdogState } from "./heartbeat_page.ts";
import { Silence } from "./silence.ts";

export const ENGINE_SILENT_MS = 1_000;
const WARN_SILENT_MS = 500;
/** How often the venue, the way there and the key are tried while nothing is wrong. */
const CHECK_MS = 20_000;
/** When one of them fails: soon again, and then less and less often, for it may be a limit. */
const CHECK_BLIND_MS = 1_000;
/** So long nobody would cancel at an account, before it opens nothing more: one lost answer is no reason. */
const BLIND_MS = 4_000;
const UNTRIED = "not tried yet";
/** A gateway that is gone, and a venue that does not let itself be asked: for so long it is tried. */
const ORPHAN_MS_MAX = 3_600_000;

export interface WatchdogParts {
  readonly page: HeartbeatPage;
  readonly pid: number;
  /** Which gateway it looks after. */
  readonly epoch: number;
  readonly clients: readonly CancelAllClient[];
  /** Milliseconds that never go back. */
  readonly nowMs: () => number;
  /** µs since the epoch, for people. */
  readonly nowUs: () => number;
  /** Whether the gateway's process lives, standing still or not. */
  readonly isGatewayAlive: () => boolean;
  readonly onInfo: (message: string, fields: object) => void;
  readonly onProblem: (problem: Problem) => void;
}

/** Why the watchdog ends: the gateway said so, another gateway took its place, or it is gone and nothing is open. */
export type WatchdogEnd = "ended" | "superseded" | "orphaned" | "gave up";

export class Watchdog {
  readonly #silence: Silence;
  readonly #rounds: CancelRound[];
  /** By account: since when a check fails, what was told of it last, and when. */
  readonly #blind = new Map<string, { readonly sinceMs: number; text: string; toldMs: number }>();
  #stalls: number;
  #isAlarm = false;
  #alarms = 0;
  #alarmsDone = 0;
  #alarmMs = 0;
  #isWarned = false;
  #checkDueMs = 0;
  #blindMs = CHECK_BLIND_MS;
  #isChecking = false;

  constructor(readonly parts: WatchdogParts) {
    const { page, clients } = parts;
    const nowMs = parts.nowMs();
    // Behind a gateway that died: what was silent before this process began counts.
    const isSince = page.gatewayState === GatewayState.Guarded && page.engineBeatUs > 0;
    const sinceMs = isSince ? Math.max(0, (parts.nowUs() - page.engineBeatUs) / 1_000) : 0;
    this.#silence = new Silence(page.engineBeats, nowMs, Math.min(sinceMs, ENGINE_SILENT_MS));
    this.#stalls = page.stalls;
    this.#rounds = clients.map((client) => new CancelRound(client, (round, report) => this.#onReport(round, report)));
    // Until a way and a key were tried for the first time, nobody may rely on them.
    for (const { account } of clients)
      this.#blind.set(account, { sinceMs: -BLIND_MS, text: UNTRIED, toldMs: -CHECK_MS });
    page.guard(parts.pid, parts.epoch, this.#blindBits());
  }

  get isAlarm(): boolean {
    return this.#isAlarm;
  }

  /** One look; answers why the watchdog may end, undefined = go on. Called every 50 ms or so. */
  poll(): WatchdogEnd | undefined {
    const { parts } = this;
    const { page, pid } = parts;
    const nowMs = parts.nowMs();
    const end = this.#look(nowMs);
    if (this.#isAlarm) for (const round of this.#rounds) round.poll(nowMs, parts.nowMs);
    else this.#check(nowMs);
    if (this.#blind.size > 0) this.#count(); // How long that lasts is shown by a bit.
    const state = end !== undefined ? WatchdogState.Ended : WatchdogState.Watching;
    page.watchdogBeat(pid, this.#isAlarm && end === undefined ? WatchdogState.Canceling : state, parts.nowUs());
    return end;
  }

  #look(nowMs: number): WatchdogEnd | undefined {
    const { page, epoch } = this.parts;
    const state = page.gatewayState;
    // Behind a gateway that died it stays until the next watchdog is there.
    const isReplaced = page.guards !== epoch || state !== GatewayState.Guarded;
    if (page.epoch !== epoch && isReplaced) return "superseded";
    const silentMs = this.#silence.look(page.engineBeats, nowMs);
    if (state !== GatewayState.Guarded) {
      // What a polite stop leaves is left on purpose; what an alarm began to cancel before it is canceled.
      if (this.#isAlarm) return this.#endingAfterStop(nowMs);
      return state === GatewayState.Ended || !this.parts.isGatewayAlive() ? "ended" : undefined;
    }
    const hasStalled = page.stalls !== this.#stalls;
    this.#stalls = page.stalls;
    if (hasStalled || (silentMs >= ENGINE_SILENT_MS && !this.#isAlarm)) this.#alarm(nowMs, silentMs, hasStalled);
    this.#warn(silentMs);
    return this.#isAlarm ? this.#ending(nowMs, silentMs) : undefined;
  }

  #alarm(nowMs: number, silentMs: number, hasStalled: boolean): void {
    // The requests leave before anything is said: a log may be blocked.
    for (const round of this.#rounds) {
      round.again();
      round.poll(nowMs, this.parts.nowMs);
    }
    if (!this.#isAlarm) {
      this.#isAlarm = true;
      this.#alarmMs = nowMs;
      this.#alarms++;
    }
    this.#count();
    const why = hasStalled ? "control found the engine stalled" : `no beat for ${Math.round(silentMs)} ms`;
    const accounts = this.#rounds.map(({ client }) => client.account).join(", ");
    this.parts.onProblem(problem(Code.EngineSilent, `${why}: all orders of ${accounts} are canceled`));
  }

  #warn(silentMs: number): void {
    const isLong = silentMs >= WARN_SILENT_MS;
    if (isLong && !this.#isWarned && !this.#isAlarm) {
      this.parts.onInfo("the engine is silent", { silentMs: Math.round(silentMs) });
    }
    this.#isWarned = isLong;
  }

  /** Whether the alarm is over, and whether the process may end with it. */
  #ending(nowMs: number, silentMs: number): WatchdogEnd | undefined {
    const isBusy = this.#rounds.some(({ isRunning }) => isRunning);
    if (silentMs < ENGINE_SILENT_MS && this.#rounds.every(({ isTaken }) => isTaken) && !isBusy) {
      this.#isAlarm = false;
      this.#finish(nowMs, "the engine beats again");
      return undefined;
    }
    if (this.parts.isGatewayAlive()) return undefined;
    if (this.#rounds.every(({ isClean }) => isClean) && !isBusy) {
      this.#finish(nowMs, "the gateway is gone");
      return "orphaned";
    }
    return this.#giveUp(nowMs);
  }

  #endingAfterStop(nowMs: number): WatchdogEnd | undefined {
    if (!this.#rounds.every(({ isTaken }) => isTaken)) return this.#giveUp(nowMs);
    this.#isAlarm = false;
    this.#finish(nowMs, "the gateway stops");
    return undefined;
  }

  #giveUp(nowMs: number): WatchdogEnd | undefined {
    if (nowMs - this.#alarmMs < ORPHAN_MS_MAX) return undefined;
    for (const { client, isClean, last } of this.#rounds) {
      if (!isClean)
        this.parts.onProblem(problem(Code.CancelAllFailed, `${client.account}: given up; ${last?.text ?? ""}`));
    }
    return "gave up";
  }

  #finish(nowMs: number, why: string): void {
    this.#alarmsDone++;
    this.#count();
    const ms = Math.round(nowMs - this.#alarmMs);
    this.parts.onInfo("the alarm is over", { why, ms, canceled: this.#sum((round) => round.canceled) });
  }

  #onReport(round: CancelRound, report: CancelAllReport): void {
    const { client, passes } = round;
    const { outcome, open, canceled, retryAfterMs, text } = report;
    this.#count();
    const isBad = outcome !== CancelAllOutcome.NoneOpen && outcome !== CancelAllOutcome.Canceled;
    if (isBad) {
      const what = `${client.account}, pass ${passes}: ${CancelAllOutcome[outcome]}: ${text}`;
      this.parts.onProblem(problem(Code.CancelAllFailed, what));
    } else if (passes <= 2 || open > 0) {
      this.parts.onInfo("cancel all", { account: client.account, pass: passes, open, canceled, retryAfterMs });
    }
  }

  #count(): void {
    this.parts.page.count(this.parts.pid, {
      alarms: this.#alarms,
      alarmsDone: this.#alarmsDone,
      canceled: this.#sum((round) => round.canceled),
      failedPasses: this.#sum((round) => round.failed),
      blind: this.#blindBits(),
    });
  }

  #blindBits(): number {
    const nowMs = this.parts.nowMs();
    return this.parts.clients.reduce((bits, { account }, place) => {
      const found = this.#blind.get(account);
      return found !== undefined && nowMs - found.sinceMs >= BLIND_MS ? bits | bitOf(place) : bits;
    }, 0);
  }

  #sum(of: (round: CancelRound) => number): number {
    return this.#rounds.reduce((sum, round) => sum + of(round), 0);
  }

  /** Keeps the way open, and tells when an alarm would be in vain. */
  #check(nowMs: number): void {
    if (this.#isChecking || nowMs < this.#checkDueMs) return;
    this.#isChecking = true;
    void Promise.all(this.parts.clients.map((client) => this.#checkOne(client))).then(() => {
      this.#isChecking = false;
      const isBlind = this.#blind.size > 0;
      this.#checkDueMs = this.parts.nowMs() + (isBlind ? this.#blindMs : CHECK_MS);
      this.#blindMs = isBlind ? Math.min(2 * this.#blindMs, CHECK_MS) : CHECK_BLIND_MS;
      this.#count();
    });
  }

  async #checkOne(client: CancelAllClient): Promise<void> {
    const text = await client.check();
    const before = this.#blind.get(client.account);
    if (text === "") {
      this.#blind.delete(client.account);
      if (before !== undefined && before.text !== UNTRIED)
        this.parts.onInfo("the venue answers again", { account: client.account });
      return;
    }
    const nowMs = this.parts.nowMs();
    const found = before ?? { sinceMs: nowMs, text: "", toldMs: -CHECK_MS };
    this.#blind.set(client.account, found);
    // A venue that says two things in turn is not told with each of them.
    if (found.text !== text && nowMs - found.toldMs >= CHECK_MS) {
      found.text = text;
      found.toldMs = nowMs;
      this.parts.onProblem(problem(Code.CancelAllFailed, `${client.account}: an alarm would be in vain: ${text}`));
    }
  }
}
