/** Commands to the engine from the control thread: sent by a lane, answered in order, told when durable. */

import type { CommandAnswer } from "../control/ports.ts";
import { Code } from "../core/code.ts";
import type { Limits } from "../core/limits.ts";
import { type Problem, ProblemError, problem } from "../core/problem.ts";
import { TradingRecord } from "../model/record.ts";
import { MessageLane } from "../ring/message_lane.ts";

interface Waiting {
  readonly number: number;
  readonly resolve: (answer: CommandAnswer) => void;
  readonly reject: (error: ProblemError) => void;
  answer: CommandAnswer | undefined;
}

/** One engine's line; a new engine gets a new one, and what waited is told that its outcome is not known. */
export class CommandLine {
  readonly #commands: MessageLane;
  readonly #answers: MessageLane;
  readonly #answer = new TradingRecord();
  /** Oldest first: sent and not answered, then answered and not durable. */
  #waiting: Waiting[] = [];
  #number = 0;
  #closed = false;

  constructor(
    commands: SharedArrayBuffer,
    answers: SharedArrayBuffer,
    readonly limits: Limits,
    readonly nowUs: () => number,
    readonly wake: () => void,
  ) {
    this.#commands = new MessageLane(commands, limits);
    this.#answers = new MessageLane(answers, limits);
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  send(command: TradingRecord): Promise<CommandAnswer> {
    if (this.#closed) return Promise.reject(failed(Code.NotReady, "there is no engine now"));
    if (this.#waiting.length >= this.limits.commandsWaitingMax) {
      return Promise.reject(failed(Code.TooManyRequests, `${this.#waiting.length} commands wait for the engine`));
    }
    command.timeUs = this.nowUs();
    command.attempt = ++this.#number; // Commands use the column as their number: the answer carries it back.
    if (!this.#commands.put(command)) {
      return Promise.reject(failed(Code.TooManyRequests, "the engine's command lane is full"));
    }
    const number = this.#number;
    const promise = new Promise<CommandAnswer>((resolve, reject) => {
      this.#waiting.push({ number, resolve, reject, answer: undefined });
    });
    this.wake();
    return promise;
  }

  /** Takes the engine's answers, and tells those whose records are in the read model. */
  poll(record: number): void {
    const answer = this.#answer;
    while (this.#answers.take(answer)) {
      const found = this.#waiting.findIndex((waiting) => waiting.number === answer.attempt);
      if (found < 0) continue;
      (this.#waiting[found] as Waiting).answer = answerOf(answer);
      this.#giveUp(found);
    }
    if (this.#waiting.length === 0) return;
    const isDone = (waiting: Waiting) => waiting.answer !== undefined && waiting.answer.record <= record;
    const done = this.#waiting.filter(isDone);
    if (done.length === 0) return;
    this.#waiting = this.#waiting.filter((waiting) => !isDone(waiting));
    for (const { resolve, answer } of done) resolve(answer as CommandAnswer);
  }

  /** Answers come in order: one that was passed over was lost where the engine found no room for it. */
  #giveUp(before: number): void {
    const lost = this.#waiting.filter((waiting, at) => at < before && waiting.answer === undefined);
    if (lost.length === 0) return;
    this.#waiting = this.#waiting.filter((waiting) => !lost.includes(waiting));
    for (const { reject } of lost) reject(failed(Code.OutcomeUnknown, "the engine's answer was lost"));
  }

  /** The engine is gone. What was decided may be durable or not: only the records will tell. */
  close(why: string): void {
    this.#closed = true;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { reject } of waiting) reject(failed(Code.OutcomeUnknown, why));
  }
}

function answerOf(answer: Readonly<TradingRecord>): CommandAnswer {
  const found = answer.text === "" ? undefined : problemOf(answer.text);
  return {
    ok: answer.code === 0 && found === undefined,
    record: answer.record,
    order: answer.order,
    instance: answer.instance,
    denial: answer.code,
    problem: found,
  };
}

function problemOf(text: string): Problem {
  try {
    return JSON.parse(text) as Problem;
  } catch {
    return problem(Code.Conflict, text);
  }
}

function failed(code: Code, detail: string): ProblemError {
  return new ProblemError(problem(code, detail));
}
