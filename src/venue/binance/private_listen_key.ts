/** The listen key of a USD-M account: asked for, prolonged while it is used, and given up when the venue says it is gone. */

import type { RestCalls } from "./gateway_calls.ts";
import type { GatewayLimits } from "./gateway_limits.ts";
import { NO_LISTEN_KEY } from "./order_outcome.ts";
import { Fields } from "./private_fields.ts";

const PATH = "/fapi/v1/listenKey";

export class ListenKey {
  #key: string | undefined;
  #renewDueUs = 0;
  #isRenewing = false;
  renewals = 0;

  /** `gone`: the key that is in use is dead; its connection hears nothing more. */
  constructor(
    readonly calls: RestCalls,
    readonly limits: GatewayLimits,
    readonly gone: (why: string) => void,
  ) {}

  /** The venue's present key for a new connection; undefined when it gives none now. */
  get(done: (key: string | undefined) => void): void {
    const { budget } = this.calls.parts;
    if (!budget.takeCancel(1, this.calls.parts.nowUs())) return done(undefined);
    this.calls.call("POST", PATH, [], "key", (answer) => {
      const fields = Fields.of(answer.value);
      const key = answer.isOk ? fields.text("listenKey") : "";
      this.#key = /^[A-Za-z0-9]{1,128}$/.test(key) ? key : undefined;
      this.#renewDueUs = this.calls.parts.nowUs() + this.limits.listenKeyRenewUs;
      done(this.#key);
    });
  }

  forget(): void {
    this.#key = undefined;
  }

  tick(nowUs: number): void {
    if (this.#key === undefined || this.#isRenewing || nowUs < this.#renewDueUs) return;
    const { budget } = this.calls.parts;
    if (!budget.takeCancel(1, nowUs)) return;
    this.#isRenewing = true;
    this.calls.call("PUT", PATH, [], "key", (answer) => {
      this.#isRenewing = false;
      // Valid for an hour: there is time to ask again.
      const { clockRetryUs, listenKeyRenewUs } = this.limits;
      this.#renewDueUs = this.calls.parts.nowUs() + (answer.isOk ? listenKeyRenewUs : clockRetryUs);
      if (answer.isOk) this.renewals++;
      if (answer.code !== NO_LISTEN_KEY) return;
      this.#key = undefined;
      this.gone("the listen key does not exist any more");
    });
  }
}
