/** Requests on a stream connection: each form of question, each form of answer. */

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { answerRequest, type DialogueSubject } from "./dialogue.ts";

function subject(): DialogueSubject & { readonly names: Set<string> } {
  const names = new Set<string>();
  return {
    names,
    combined: false,
    subscribe(name) {
      if (name.startsWith("bad")) return `unknown stream "${name}"`;
      names.add(name);
      return undefined;
    },
    unsubscribe: (name) => void names.delete(name),
  };
}

const ask = (request: unknown, about = subject()) =>
  JSON.parse(answerRequest(typeof request === "string" ? request : JSON.stringify(request), about));

describe("answerRequest", () => {
  test("subscribes, lists, unsubscribes", () => {
    const about = subject();
    expect(ask({ method: "SUBSCRIBE", params: ["a@trade", "a@depth"], id: 1 }, about)).toEqual({ result: null, id: 1 });
    expect(ask({ method: "LIST_SUBSCRIPTIONS", id: "x" }, about)).toEqual({ result: ["a@trade", "a@depth"], id: "x" });
    expect(ask({ method: "UNSUBSCRIBE", params: ["a@trade"], id: null }, about)).toEqual({ result: null, id: null });
    expect([...about.names]).toEqual(["a@depth"]);
  });

  test("properties", () => {
    const about = subject();
    expect(ask({ method: "SET_PROPERTY", params: ["combined", true], id: 5 }, about)).toEqual({ result: null, id: 5 });
    expect(ask({ method: "GET_PROPERTY", params: ["combined"], id: 6 }, about)).toEqual({ result: true, id: 6 });
    expect(ask({ method: "SET_PROPERTY", params: ["combined", 1], id: 7 }, about)).toMatchObject({ code: 1, id: 7 });
    expect(ask({ method: "SET_PROPERTY", params: ["other", true], id: 8 }, about)).toMatchObject({ code: 0 });
  });

  test.each([
    ["{", 3],
    ["[]", 2],
    [{ id: 1 }, 2],
    [{ method: "SHOUT", id: 1 }, 2],
    [{ method: "SUBSCRIBE", id: 1 }, 2],
    [{ method: "SUBSCRIBE", params: [5], id: 1 }, 2],
    [{ method: "SUBSCRIBE", params: ["bad@x"], id: 1 }, 2],
    [{ method: "SUBSCRIBE", params: ["a@trade"], id: -1 }, 2],
    [{ method: "SUBSCRIBE", params: ["a@trade"], id: {} }, 2],
    [{ method: "SUBSCRIBE", params: ["a@trade"], id: "x".repeat(37) }, 2],
    [{ method: "SUBSCRIBE", params: Array.from({ length: 1_025 }, (_, i) => `s${i}@trade`), id: 1 }, 2],
  ])("refuses what is no such request (%#)", (request, code) => {
    const answer = ask(request);
    expect(answer).toMatchObject({ code, msg: expect.any(String) });
  });

  test("answers whatever is sent", () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        expect(JSON.parse(answerRequest(text, subject()))).toBeObject();
      }),
    );
  });
});
