/** What every route works with: the ports, the views, the memory, and the waits for records. */

import { Code } from "../core/code.ts";
import type { Limits } from "../core/limits.ts";
import { httpProblem } from "./http_problem.ts";
import { JobList } from "./jobs.ts";
import { QuoteReader } from "./market_view.ts";
import { ControlMemory } from "./memory.ts";
import { MoneyViews } from "./money_view.ts";
import { OrderCheck } from "./order_check.ts";
import { OrderViews } from "./order_view.ts";
import { PnlHistory } from "./pnl_history.ts";
import type { ControlPorts } from "./ports.ts";
import { SystemViews } from "./system_view.ts";

const WAIT_MS = 2_000;
const EPOCH_US = 250_000;

interface Waiter {
  readonly record: number;
  readonly wake: (held: boolean) => void;
}

export class ControlContext {
  readonly memory: ControlMemory;
  readonly orders: OrderViews;
  readonly quotes: QuoteReader;
  readonly money: MoneyViews;
  readonly system: SystemViews;
  readonly pnl: PnlHistory;
  readonly jobs: JobList;
  readonly limits: Limits;
  #check: OrderCheck | undefined;
  #waiters: Waiter[] = [];
  #epoch = 0;
  #epochDueUs = Number.NEGATIVE_INFINITY;

  constructor(readonly ports: ControlPorts) {
    const { state } = ports;
    this.limits = state.limits;
    this.memory = ports.memory ?? new ControlMemory(state.limits);
    this.orders = new OrderViews(state, this.memory, ports.node, () => this.#epochNow());
    this.quotes = new QuoteReader(state, ports.board);
    this.money = new MoneyViews(state, this.quotes, this.orders);
    this.system = new SystemViews(ports, this.memory, this.orders);
    this.pnl = new PnlHistory(state.limits);
    this.jobs = new JobList(state.limits, () => ports.nowUs());
  }

  /** Every row of an order asks for it: health is looked up a few times a second only. */
  #epochNow(): number {
    const nowUs = this.ports.nowUs();
    if (nowUs >= this.#epochDueUs) {
      this.#epoch = this.ports.health().epoch;
      this.#epochDueUs = nowUs + EPOCH_US;
    }
    return this.#epoch;
  }

  get check(): OrderCheck {
    this.#check ??= new OrderCheck(this.ports.state, this.quotes);
    return this.#check;
  }

  /** `?since=record`: resolves when the read model holds it, at once when none is asked for; 503 TimedOut after 2 s. */
  async waitFor(since: string | undefined): Promise<void> {
    if (since === undefined) return;
    const record = Number.parseInt(since, 10);
    if (this.ports.state.record >= record) return;
    if (this.#waiters.length >= this.limits.commandsWaitingMax) {
      throw httpProblem(Code.TooManyRequests, "too many requests wait for records");
    }
    const held = await new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => waiter.wake(false), WAIT_MS);
      const waiter: Waiter = {
        record,
        wake: (isHeld) => {
          clearTimeout(timer);
          this.#waiters = this.#waiters.filter((other) => other !== waiter);
          resolve(isHeld);
        },
      };
      this.#waiters.push(waiter);
    });
    if (held) return;
    const detail = `the read model holds record ${this.ports.state.record}, not yet ${record}`;
    throw httpProblem(Code.TimedOut, detail, { headers: { "retry-after": "1" } });
  }

  /** Wakes those whose record is held now. */
  onRecord(): void {
    if (this.#waiters.length === 0) return;
    const { record } = this.ports.state;
    for (const waiter of this.#waiters.filter((one) => one.record <= record)) waiter.wake(true);
  }

  /** Wakes all: the server stops. */
  stop(): void {
    for (const waiter of [...this.#waiters]) waiter.wake(false);
  }
}
