/** The gateway's side of the watchdog process: starts it, starts it again when it dies or hangs, and ends it with the gateway. */

import { Code } from "../core/code.ts";
import { type Problem, problem } from "../core/problem.ts";
import { WATCHDOG_SILENT_MS } from "./engine_pulse.ts";
import { GatewayState, HeartbeatPage, type WatchdogFigures } from "./heartbeat_page.ts";
import { Silence } from "./silence.ts";

const LOOK_MS = 50;
const END_MS = 2_000;
/** Before it is started again; doubled each time, and forgotten after a minute without a death. */
const AGAIN_MS = 100;
const AGAIN_MS_MAX = 10_000;
const HEALTHY_MS = 60_000;
/** The process and its reading of the configuration take a moment before its first beat. */
const START_MS_MAX = 15_000;

export interface WatchdogKeeperOptions {
  readonly dataDir: string;
  /** Words of the command, program first; `--epoch N` is put behind. */
  readonly command: readonly string[];
  readonly onProblem: (problem: Problem) => void;
}

/** What status and metrics show. */
export interface WatchdogHealth extends WatchdogFigures {
  readonly isSilent: boolean;
  /** Accounts at which it could not cancel now. */
  readonly blindAccounts: number;
  readonly restarts: number;
}

export class WatchdogKeeper {
  readonly page: HeartbeatPage;
  readonly #epoch: number;
  readonly #silence: Silence;
  #child: Bun.Subprocess | undefined;
  #childMs = 0;
  #againMs = AGAIN_MS;
  #restarts = 0;
  #alarms = 0;
  #isEnding = false;
  #hasRun = false;
  /** Of the child: it has beaten; it was told to end. */
  #isHeard = false;
  #isEnded = false;
  #timers: ReturnType<typeof setTimeout>[] = [];

  /** Takes the page over. Throws ProblemError HeartbeatUnusable. */
  constructor(readonly options: WatchdogKeeperOptions) {
    this.page = HeartbeatPage.open(options.dataDir);
    this.#epoch = this.page.takeOver(process.pid);
    this.#silence = new Silence(this.#beats(), performance.now(), WATCHDOG_SILENT_MS);
  }

  /** Before the engine is started: it must find somebody who watches. */
  start(): void {
    this.#spawn();
    this.#timers.push(setInterval(() => this.#look(), LOOK_MS));
  }

  /** The engine runs: from here on its silence is an alarm. */
  guard(): void {
    this.#hasRun = true;
    if (!this.#isEnding) this.page.say(GatewayState.Guarded);
  }

  /** Control found the engine stalled. */
  tellStall(): void {
    this.page.tellStall();
  }

  /** Said before the engine is stopped: what stays open is left on purpose. */
  stopping(): void {
    this.#isEnding = true;
    if (!this.#leavesToWatchdog) this.page.say(GatewayState.Stopping);
  }

  /** The engine has ended. A watchdog that is in the middle of an alarm is left to finish it. */
  async end(): Promise<void> {
    this.#isEnding = true;
    for (const timer of this.#timers.splice(0)) clearTimeout(timer);
    const child = this.#child;
    if (this.#leavesToWatchdog) return;
    this.page.say(GatewayState.Ended);
    if (child === undefined) return;
    await Promise.race([child.exited, Bun.sleep(END_MS)]);
    const figures = this.page.watchdog();
    if (child.exitCode === null && figures.alarms === figures.alarmsDone) child.kill("SIGKILL");
    child.unref();
  }

  health(): WatchdogHealth {
    const figures = this.page.watchdog();
    const isSilent = this.#silence.ms >= WATCHDOG_SILENT_MS;
    return { ...figures, isSilent, blindAccounts: bitsIn(figures.blind), restarts: this.#restarts };
  }

  /** Behind a gateway that died, an engine that never ran has left nothing on purpose: its orders are the watchdog's. */
  get #leavesToWatchdog(): boolean {
    return !this.#hasRun && this.page.gatewayState === GatewayState.Guarded;
  }

  #spawn(): void {
    const words = [...this.options.command, "--epoch", String(this.#epoch)];
    this.#childMs = performance.now();
    this.#isHeard = false;
    this.#isEnded = false;
    try {
      const child = Bun.spawn(words, {
        stdin: "ignore",
        stdout: "ignore",
        stderr: "inherit",
        // A group of its own: Ctrl-C is for the gateway.
        detached: true,
        onExit: (ended, code, signal) => this.#onExit(ended, code, signal),
      });
      child.unref();
      this.#child = child;
    } catch (error) {
      this.#again(error instanceof Error ? error.message : String(error));
    }
  }

  #onExit(child: Bun.Subprocess, code: number | null, signal: number | NodeJS.Signals | null): void {
    if (child !== this.#child || this.#isEnding) return;
    this.#child = undefined;
    if (performance.now() - this.#childMs > HEALTHY_MS) this.#againMs = AGAIN_MS;
    this.#again(signal === null ? `exit code ${code}` : `signal ${signal}`);
  }

  #again(why: string): void {
    this.#restarts++;
    this.options.onProblem(problem(Code.WatchdogDied, `${why}; started again in ${this.#againMs} ms`));
    this.#timers.push(setTimeout(() => this.#isEnding || this.#spawn(), this.#againMs));
    this.#againMs = Math.min(2 * this.#againMs, AGAIN_MS_MAX);
  }

  /** One that hangs is ended, which starts another; what it has done is told. */
  #look(): void {
    const nowMs = performance.now();
    const isSilent = this.#silence.look(this.#beats(), nowMs) >= WATCHDOG_SILENT_MS;
    if (!isSilent && this.page.watchdogPid === this.#child?.pid) this.#isHeard = true;
    if (isSilent && !this.#isEnded && (this.#isHeard || nowMs - this.#childMs > START_MS_MAX)) {
      this.#isEnded = true;
      this.options.onProblem(problem(Code.WatchdogSilent, `for ${Math.round(this.#silence.ms)} ms: it is ended`));
      this.#child?.kill("SIGKILL");
    }
    const { alarms } = this.page.watchdog();
    if (alarms > this.#alarms) this.options.onProblem(problem(Code.EngineSilent, "the watchdog says so"));
    this.#alarms = alarms;
  }

  #beats(): number {
    return this.page.guards === this.#epoch ? this.page.watchdogBeats : 0;
  }
}

function bitsIn(mask: number): number {
  let bits = 0;
  for (let rest = mask >>> 0; rest !== 0; rest &= rest - 1) bits++;
  return bits;
}
