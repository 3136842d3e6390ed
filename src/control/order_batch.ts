/** Several orders in one request: cancels, amends and new orders, each with an answer of its own; none undoes another. */

import { Code, codeName } from "../core/code.ts";
import { ProblemError } from "../core/problem.ts";
import { OrderState } from "../model/order.ts";
import type { BatchAnswer, BatchItem, OrderAnswer } from "./answers.ts";
import type { ControlContext } from "./context.ts";
import { HttpProblem, httpProblem } from "./http_problem.ts";
import { amendCommand, cancelCommand } from "./order_command.ts";
import { OrderPlacer, orderAnswer } from "./place_order.ts";
import type { BatchBody } from "./views.ts";

/** Room that the number of an order in the batch takes of its key. */
const KEY_UNITS_MAX = 124;

export class OrderBatch {
  readonly #placer: OrderPlacer;

  constructor(readonly ctx: ControlContext) {
    this.#placer = new OrderPlacer(ctx);
  }

  /** All are sent in one go, in this order: what is to end first, what is to change, what is new. */
  async run(body: BatchBody, key: string | null): Promise<BatchAnswer> {
    const { cancel = [], amend = [], place = [] } = body;
    if (cancel.length + amend.length + place.length === 0) {
      throw httpProblem(Code.BodyInvalid, "the batch is empty", { hint: "give cancel, amend or place" });
    }
    if (key !== null && key.length > KEY_UNITS_MAX) {
      throw httpProblem(Code.BodyInvalid, `the Idempotency-Key of a batch has at most ${KEY_UNITS_MAX} characters`);
    }
    const cancelled = cancel.map((id) => this.#one(id, () => this.#cancel(id)));
    const amended = amend.map(({ id, ...change }) =>
      this.#one(id, () => {
        this.#known(id);
        return this.#send(amendCommand(this.ctx.ports.state, id, change));
      }),
    );
    const placed = place.map((one, at) =>
      this.#one(0, async () => (await this.#placer.place(one, key === null ? null : `${key}.${at}`)).answer),
    );
    const answer = {
      cancel: await Promise.all(cancelled),
      amend: await Promise.all(amended),
      place: await Promise.all(placed),
    };
    return { record: this.ctx.ports.state.record, ...answer };
  }

  #cancel(id: number): Promise<OrderAnswer> {
    this.#known(id);
    const { state } = this.ctx.ports;
    const now = state.orders.state(id);
    // What is cancelled already is what was asked for.
    if (now !== OrderState.Canceled && now !== OrderState.Withdrawn)
      return this.#send(cancelCommand(state, id, undefined));
    return Promise.resolve({ record: state.record, id, order: this.ctx.orders.order(id) ?? null });
  }

  #known(id: number): void {
    if (!this.ctx.ports.state.orders.has(id)) {
      throw httpProblem(Code.NotFound, `there is no order ${id}, or it ended long ago`);
    }
  }

  async #send(command: Parameters<ControlContext["ports"]["commander"]["send"]>[0]): Promise<OrderAnswer> {
    return orderAnswer(this.ctx, await this.ctx.ports.commander.send(command));
  }

  /** Begins at once: what is asked for first reaches the engine first. */
  async #one(id: number, run: () => Promise<OrderAnswer>): Promise<BatchItem> {
    try {
      const answer = await run();
      return { ok: true, id: answer.id, order: answer.order, code: null, denial: null, detail: "" };
    } catch (error) {
      if (error instanceof HttpProblem) {
        const { code, detail, extras } = error;
        const order = extras.order ?? id;
        const view = order === 0 ? null : (this.ctx.orders.order(order) ?? null);
        return { ok: false, id: order, order: view, code, denial: extras.denial ?? null, detail };
      }
      if (!(error instanceof ProblemError)) throw error;
      const { code, detail } = error.problem;
      return { ok: false, id, order: null, code: code || codeName(Code.OutcomeUnknown), denial: null, detail };
    }
  }
}
