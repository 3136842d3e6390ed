/** The watchdog's way of canceling everything, with the least words that a venue can add. */

import { describe, expect, test } from "bun:test";
import { CancelAllOutcome } from "./cancel_all.ts";
import { type Script, Scripted } from "./http.testing.ts";
import { failed, type RestAsk, restJson } from "./live_answer.ts";
import { type CancelWords, RestCancelAll } from "./rest_cancel_all.ts";

test("outcomes: one end, one step, three failures; their numbers are told in logs and must not move", () => {
  const names = ["NoneOpen", "Canceled", "Limited", "Refused", "Unknown"];
  expect(names.map((name) => CancelAllOutcome[name as keyof typeof CancelAllOutcome])).toEqual([0, 1, 2, 3, 4]);
});

const ask = (method: "GET" | "DELETE", path: string, id = ""): RestAsk => {
  return { method, path, params: [["id", id]], security: "signed", weight: 1 };
};

/** Lists ids in pages of two; cancels one at a time. */
const WORDS: CancelWords = {
  request: ({ method, path, params }, { timestampMs }) => {
    return { method, url: `http://venue${path}?id=${params[0]?.[1] ?? ""}&at=${timestampMs}` };
  },
  readRest: (answer) => {
    const parsed = restJson(answer);
    if ("isOk" in parsed) return parsed;
    if (answer.status === 200) return { isOk: true, value: parsed.value, code: 0, msg: "", isSent: true };
    return failed(answer.status, `HTTP ${answer.status}`);
  },
  clockAsk: () => ask("GET", "/time"),
  clockMs: (value) => (value as { ms: number }).ms,
  isClockOff: ({ code }) => code === 408,
  limitedOf: ({ code }) => (code === 429 ? "all" : code === 420 ? "here" : "no"),
  isRefused: ({ code }) => code === 401,
  checkAsk: () => ask("GET", "/open"),
  kinds: [
    {
      page: (next) => ask("GET", "/open", next),
      readPage: (value) => {
        if (!Array.isArray(value)) return undefined;
        return {
          orders: value.map((id) => ({ symbol: "X", id: String(id) })),
          next: value.length < 2 ? "" : String(value[1]),
        };
      },
      cancels: (open) => open.map((order) => ({ ask: ask("DELETE", "/order", order.id), orders: [order] })),
      blind: () => [ask("DELETE", "/all")],
      read: (answer, { length }) => (answer.isOk ? { taken: length } : { taken: 0, failed: answer }),
    },
  ],
};

function rig(script: Script, nowUs = () => 5_000_000) {
  const rest = new Scripted({ "GET /time": [[200, { ms: 5_000 }]], "DELETE /order": [[200, "{}"]], ...script });
  return { rest, all: new RestCancelAll({ account: "a", rest, nowUs }, WORDS) };
}

describe("a pass", () => {
  test("goes through all pages, and cancels what they list", async () => {
    const { rest, all } = rig({
      "GET /open": [
        [200, [1, 2]],
        [200, [3]],
        [200, []],
      ],
    });
    expect(await all.pass()).toMatchObject({ outcome: CancelAllOutcome.Canceled, open: 3, canceled: 3 });
    expect(rest.said("GET /open")[1]).toStartWith("?id=2&");
    expect(rest.said("DELETE /order").map((text) => text.slice(0, 5))).toEqual(["?id=1", "?id=2", "?id=3"]);
    expect(await all.pass()).toMatchObject({ outcome: CancelAllOutcome.NoneOpen });
  });

  test("a page that fails: what is known is canceled, blindly the rest, and it is not called done", async () => {
    const { rest, all } = rig({
      "GET /open": [
        [200, [1, 2]],
        [500, "{}"],
      ],
      "DELETE /all": [[200, "{}"]],
    });
    expect(await all.pass()).toMatchObject({
      outcome: CancelAllOutcome.Unknown,
      open: -1,
      canceled: 2,
      text: "HTTP 500",
    });
    expect(rest.said("DELETE /all")).toHaveLength(1);
  });

  test("a list that never ends is bounded", async () => {
    const { rest, all } = rig({ "GET /open": [[200, [1, 2]]] });
    expect(await all.pass()).toMatchObject({ outcome: CancelAllOutcome.Canceled, open: 128 });
    expect(rest.said("GET /open")).toHaveLength(64);
  });

  test("limits: of one endpoint the rest is tried, of all nothing more; refusals of the key are told as such", async () => {
    for (const [status, outcome, retryAfterMs, blind] of [
      [420, CancelAllOutcome.Limited, 1_000, 1],
      [429, CancelAllOutcome.Limited, 2_000, 0],
      [401, CancelAllOutcome.Refused, 0, 1],
      [408, CancelAllOutcome.Unknown, 0, 1],
    ] as const) {
      const { rest, all } = rig({ "GET /open": [[status, "{}"]], "DELETE /all": [[200, "{}"]] });
      expect(await all.pass()).toMatchObject({ outcome, retryAfterMs });
      expect(rest.said("DELETE /all")).toHaveLength(blind);
    }
  });

  test("the clock is measured once, and anew when the venue doubts it", async () => {
    const { rest, all } = rig({
      "GET /time": [[200, { ms: 65_000 }]],
      "GET /open": [
        [200, []],
        [408, "{}"],
        [200, []],
      ],
    });
    expect(await all.check()).toBe("");
    expect(rest.said("GET /open")[0]).toBe("?id=&at=65000");
    expect((await all.pass()).outcome).toBe(CancelAllOutcome.Unknown);
    expect(rest.said("GET /time")).toHaveLength(1);
    expect((await all.pass()).outcome).toBe(CancelAllOutcome.NoneOpen);
    expect(rest.said("GET /time")).toHaveLength(2);
  });
});

test("a check says what is wrong with the clock, or with the key", async () => {
  expect(await rig({ "GET /time": [[503, "{}"]] }).all.check()).toContain("does not tell its time");
  expect(await rig({ "GET /open": [[401, "{}"]] }).all.check()).toBe("HTTP 401");
});
