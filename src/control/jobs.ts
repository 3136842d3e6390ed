/** Work that goes on beside requests, as clients see it: strategies being prepared. Bounded; the newest are kept. */

import type { Limits } from "../core/limits.ts";
import { type Problem, ProblemError, problemText } from "../core/problem.ts";
import type { JobView } from "./answers.ts";
import { timeOf } from "./time.ts";

export class JobList {
  #jobs: JobView[] = [];
  #count = 0;

  constructor(
    readonly limits: Limits,
    readonly nowUs: () => number,
  ) {}

  /** Runs the work as a job; its answer or its error comes through. A Problem as answer means that it failed. */
  async run(kind: string, subject: string, work: () => Promise<Problem | undefined>): Promise<Problem | undefined> {
    this.#count++;
    const id = String(this.#count);
    const job = { id, kind, subject, state: "running" as const, started: timeOf(this.nowUs()), ended: null };
    this.#put({ ...job, problem: null });
    try {
      const problem = await work();
      const state = problem === undefined ? "done" : "failed";
      this.#put({ ...job, state, ended: timeOf(this.nowUs()), problem: problem ? problemText(problem) : null });
      return problem;
    } catch (error) {
      const text = error instanceof ProblemError ? problemText(error.problem) : "an internal error; see the log";
      this.#put({ ...job, state: "failed", ended: timeOf(this.nowUs()), problem: text });
      throw error;
    }
  }

  /** Newest first. */
  all(): JobView[] {
    return [...this.#jobs].reverse();
  }

  #put(job: JobView): void {
    this.#jobs = this.#jobs.filter((other) => other.id !== job.id);
    this.#jobs.push(job);
    if (this.#jobs.length > this.limits.pageRowsMax) this.#jobs.shift();
  }
}
