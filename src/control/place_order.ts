/** Placing an order by hand: at most once for each Idempotency-Key, over retries, races and restarts. */

import { Code } from "../core/code.ts";
import { DENIAL_TEXTS, Denial } from "../model/denial.ts";
import type { OrderAnswer } from "./answers.ts";
import type { ControlContext } from "./context.ts";
import { fromProblem, type HttpProblem, httpProblem } from "./http_problem.ts";
import { bodyHash, type KeyedOrder, storedKey } from "./key_table.ts";
import { placeCommand } from "./order_command.ts";
import type { CommandAnswer } from "./ports.ts";
import type { PlaceBody } from "./views.ts";

const KEY = /^[\x21-\x7e]{1,128}$/;

interface Running {
  readonly bodyHash: string;
  readonly answer: Promise<OrderAnswer>;
}

export class OrderPlacer {
  /** Keys whose first request has no answer yet. */
  readonly #running = new Map<string, Running>();

  constructor(readonly ctx: ControlContext) {}

  /** The answer, and whether it is that of an earlier request with the same key. */
  async place(body: PlaceBody, header: string | null): Promise<{ answer: OrderAnswer; replayed: boolean }> {
    const key = readKey(header);
    if (key === undefined) return { answer: await this.#send(body, ""), replayed: false };
    const hash = bodyHash(body);
    const known = this.ctx.memory.keys.get(key);
    if (known !== undefined) {
      if (known.bodyHash !== hash) throw mismatch(key);
      return { answer: this.#again(known), replayed: true };
    }
    const running = this.#running.get(key);
    if (running !== undefined) {
      if (running.bodyHash !== hash) throw mismatch(key);
      return { answer: await running.answer, replayed: true };
    }
    const answer = this.#send(body, storedKey(key, hash));
    this.#running.set(key, { bodyHash: hash, answer });
    try {
      return { answer: await answer, replayed: false };
    } finally {
      this.#running.delete(key);
    }
  }

  async #send(body: PlaceBody, fillId: string): Promise<OrderAnswer> {
    const command = placeCommand(this.ctx.ports.state, body);
    command.fillId = fillId;
    return orderAnswer(this.ctx, await this.ctx.ports.commander.send(command));
  }

  #again(known: KeyedOrder): OrderAnswer {
    const { order, record, denial } = known;
    if (denial !== 0) throw denied(denial, order, record);
    return { record, id: order, order: this.ctx.orders.order(order) ?? null };
  }
}

/** The order of an answer, or the refusal as a problem. */
export function orderAnswer(ctx: ControlContext, answer: CommandAnswer): OrderAnswer {
  if (!answer.ok) throw refusalOf(answer);
  return { record: answer.record, id: answer.order, order: ctx.orders.order(answer.order) ?? null };
}

/** What an answer that is not ok is told as. */
export function refusalOf(answer: CommandAnswer): HttpProblem {
  if (answer.denial !== 0) return denied(answer.denial, answer.order, answer.record);
  if (answer.problem !== undefined) return fromProblem(answer.problem);
  return httpProblem(Code.Conflict, "the engine refused the request", { record: answer.record });
}

function denied(denial: number, order: number, record: number): HttpProblem {
  const { meaning, hint } = DENIAL_TEXTS[denial as Denial] ?? { meaning: `denial ${denial}`, hint: "" };
  const more = { denial: Denial[denial] ?? String(denial), order, record, hint };
  if (denial === Denial.OrderUnknown) return httpProblem(Code.NotFound, meaning, more);
  if (denial === Denial.OrderNotOpen) return httpProblem(Code.Conflict, meaning, more);
  return httpProblem(Code.OrderDenied, meaning, more);
}

function readKey(header: string | null): string | undefined {
  if (header === null) return undefined;
  if (KEY.test(header)) return header;
  throw httpProblem(Code.BodyInvalid, "the Idempotency-Key is not 1 to 128 visible ASCII characters", {
    hint: "a new UUID for each new order is a good key",
  });
}

function mismatch(key: string): HttpProblem {
  return httpProblem(Code.IdempotencyMismatch, `the key ${key} was used for another order`);
}
