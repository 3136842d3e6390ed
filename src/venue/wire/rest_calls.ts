/** REST requests of a live gateway: said by its dialect when they leave, answered with what the venue said, or that nobody knows. */

import type { RestAsk, VenueAnswer } from "./live_answer.ts";
import type { LiveDialect } from "./live_dialect.ts";
import type { RequestClient } from "./rest.ts";

export class RestCalls {
  constructor(
    readonly rest: RequestClient,
    readonly dialect: Pick<LiveDialect, "request" | "readRest" | "budget" | "isClockOff">,
    readonly nowUs: () => number,
    /** The venue says that our time is wrong, whatever was asked. */
    readonly clockOff: () => void,
  ) {}

  /** `done` is called exactly once, later. */
  call(ask: RestAsk, done: (answer: VenueAnswer) => void): void {
    const { dialect } = this;
    const ownBefore = dialect.budget.own(this.nowUs());
    this.rest.send(dialect.request(ask), (answer) => {
      dialect.budget.onAnswer(answer, ownBefore, this.nowUs(), ask);
      const said = dialect.readRest(answer);
      if (dialect.isClockOff(said)) this.clockOff();
      done(said);
    });
  }
}
