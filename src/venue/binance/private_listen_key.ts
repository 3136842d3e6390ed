/** The listen key of a USD-M account: asked for, prolonged while it is used, and given up when the venue says it is gone. */

import { Fields } from "../wire/fields.ts";
import type { RestAsk } from "../wire/live_answer.ts";
import type { LiveBudget, LiveHost } from "../wire/live_dialect.ts";
import type { GatewayLimits } from "./gateway_limits.ts";
import { NO_LISTEN_KEY } from "./order_outcome.ts";

const ASK: RestAsk = Object.freeze({
  method: "POST",
  path: "/fapi/v1/listenKey",
  params: [],
  security: "key",
  weight: 1,
});

export class ListenKey {
  #key: string | undefined;
  #renewDueUs = 0;
  #isRenewing = false;
  renewals = 0;

  constructor(
    readonly host: LiveHost,
    readonly budget: LiveBudget,
    readonly limits: GatewayLimits,
  ) {}

  /** The venue's present key for a new connection; undefined when it gives none now. */
  get(done: (key: string | undefined) => void): void {
    if (!this.budget.takeCancel(1, this.host.nowUs())) return done(undefined);
    this.host.call(ASK, (answer) => {
      const fields = Fields.of(answer.value);
      const key = answer.isOk ? fields.text("listenKey") : "";
      this.#key = /^[A-Za-z0-9]{1,128}$/.test(key) ? key : undefined;
      this.#renewDueUs = this.host.nowUs() + this.limits.listenKeyRenewUs;
      done(this.#key);
    });
  }

  forget(): void {
    this.#key = undefined;
  }

  tick(nowUs: number): void {
    if (this.#key === undefined || this.#isRenewing || nowUs < this.#renewDueUs) return;
    if (!this.budget.takeCancel(1, nowUs)) return;
    this.#isRenewing = true;
    this.host.call({ ...ASK, method: "PUT" }, (answer) => {
      this.#isRenewing = false;
      // Valid for an hour: there is time to ask again.
      const { clockRetryUs, listenKeyRenewUs } = this.limits;
      this.#renewDueUs = this.host.nowUs() + (answer.isOk ? listenKeyRenewUs : clockRetryUs);
      if (answer.isOk) this.renewals++;
      if (answer.code !== NO_LISTEN_KEY) return;
      this.#key = undefined;
      this.host.drop("the listen key does not exist any more");
    });
  }
}
