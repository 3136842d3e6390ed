/** What a venue has said of its dead-man switch: an ask is told as it is answered, and one that another stands for shares its fate. */

import { Code } from "../../core/code.ts";
import type { RestAsk, VenueAnswer } from "./live_answer.ts";

/** Ok: the venue has taken it. AnswerRefused: it has not. AnswerMissing: nobody knows. RequestBudgetSpent: no byte has left. */
export type DeadManAnswer = (code: Code) => void;

interface Asked {
  /** Undefined while there is no answer. */
  code: Code | undefined;
  readonly waiting: DeadManAnswer[];
}

export class DeadManDesk {
  #last: Asked | undefined;

  constructor(
    readonly call: (ask: RestAsk, done: (answer: VenueAnswer) => void) => void,
    readonly refused: (why: string) => void,
  ) {}

  ask(ask: RestAsk, done: DeadManAnswer): void {
    const asked: Asked = { code: undefined, waiting: [done] };
    this.#last = asked;
    this.call(ask, (answer) => {
      asked.code = codeOf(answer);
      if (!answer.isOk) this.refused(answer.msg);
      for (const each of asked.waiting.splice(0)) each(asked.code);
    });
  }

  /** An ask was made, and nothing has left: it stands for nobody. */
  unsent(): void {
    this.#last = { code: Code.RequestBudgetSpent, waiting: [] };
  }

  /** What was asked last stands for this one too; told at once when that is answered already. */
  stand(done: DeadManAnswer): void {
    const asked = this.#last;
    if (asked === undefined) return done(Code.AnswerMissing); // Nothing was ever sent: nothing stands.
    if (asked.code === undefined) asked.waiting.push(done);
    else done(asked.code);
  }
}

function codeOf({ isOk, isSent, code }: VenueAnswer): Code {
  if (isOk) return Code.Ok;
  if (!isSent) return Code.RequestBudgetSpent;
  return code === 0 ? Code.AnswerMissing : Code.AnswerRefused;
}
