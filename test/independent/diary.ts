/** What an independent client did: calls, messages of its streams, steps, and why a step failed or was left out. */

export type Outcome = "done" | "failed" | "skipped";

export interface Step {
  readonly name: string;
  readonly outcome: Outcome;
  /** Of a failed or skipped one. */
  readonly reason: string;
  readonly ms: number;
}

export interface Deeds {
  readonly client: string;
  readonly version: string;
  readonly venue: string;
  readonly calls: number;
  /** Messages by stream. */
  readonly streams: Readonly<Record<string, number>>;
  readonly messages: number;
  /** As the venue counts them. */
  readonly orders: number;
  readonly fills: number;
  readonly steps: readonly Step[];
}

const STEP_MS_MAX = 30_000;
const REASON_UNITS_MAX = 400;

export class Diary {
  readonly steps: Step[] = [];
  readonly streams: Record<string, number> = {};
  calls = 0;

  /** One step; what it throws is written down, and the next one runs. */
  async step(name: string, act: () => Promise<void>): Promise<void> {
    const began = performance.now();
    const fault = await within(STEP_MS_MAX, act).then(
      () => undefined,
      (error: unknown) => error,
    );
    const ms = Math.round(performance.now() - began);
    if (fault === undefined) this.steps.push({ name, outcome: "done", reason: "", ms });
    else this.steps.push({ name, outcome: "failed", reason: reasonOf(fault), ms });
  }

  /** The journey itself: what it throws between its steps is a failed step. */
  async whole(act: () => Promise<void>): Promise<void> {
    await act().catch((error: unknown) => {
      this.steps.push({ name: "journey", outcome: "failed", reason: reasonOf(error), ms: 0 });
    });
  }

  /** What this client, or the simulator, cannot do. */
  skip(name: string, reason: string): void {
    this.steps.push({ name, outcome: "skipped", reason, ms: 0 });
  }

  message(stream: string): void {
    this.streams[stream] = (this.streams[stream] ?? 0) + 1;
  }

  /** The same client, whose methods are counted when they are called from outside; `watch…` count as messages. */
  counting<T extends object>(client: T): T {
    return new Proxy(client, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== "function" || typeof name !== "string") return member;
        return (...values: unknown[]): unknown => {
          const answer: unknown = Reflect.apply(member, target, values);
          if (answer instanceof Promise) this.#note(name, answer);
          return answer;
        };
      },
    });
  }

  #note(name: string, answer: Promise<unknown>): void {
    if (!name.startsWith("watch")) this.calls++;
    else
      answer.then(
        () => this.message(name),
        () => undefined,
      );
  }
}

function within(ms: number, act: () => Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${ms / 1_000} s`)), ms);
  });
  return Promise.race([act(), late]).finally(() => clearTimeout(timer));
}

/** Clients throw what they like: errors, answers of the venue, texts. */
function reasonOf(fault: unknown): string {
  const text = fault instanceof Error ? `${fault.name}: ${fault.message}` : (JSON.stringify(fault) ?? String(fault));
  return text.replaceAll(/\s+/g, " ").slice(0, REASON_UNITS_MAX);
}
