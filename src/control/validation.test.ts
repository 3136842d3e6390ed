/** What a client reads when its body does not fit: where, and which words would have done. */

import { expect, test } from "bun:test";
import { Elysia } from "elysia";
import { validationProblem } from "./validation.ts";
import { PlaceBody } from "./views.ts";

test("a choice names its words, everything else says what it must be", async () => {
  const app = new Elysia()
    .onError(({ code, error }) => validationProblem(code, error)?.extras)
    .post("/", () => "ok", { body: PlaceBody });
  const body = { account: "a", instrument: "i", side: "hold", qty: 1 };
  const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const answer = await app.handle(new Request("http://localhost/", init));
  expect(((await answer.json()) as { errors: unknown }).errors).toContainEqual({
    path: "/side",
    message: "must be one of buy, sell",
  });
});
