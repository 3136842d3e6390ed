/** The small parts of a session: control frames, stream names. (session_control, session_streams; topic_index with their names) */

import { describe, expect, test } from "bun:test";
import { TopicKind } from "../wire/line_session.ts";
import { TopicIndex } from "../wire/topic_index.ts";
import { readControl, STREAM_HEAD } from "./session_control.ts";
import { streamsOf } from "./session_streams.ts";

/** Two names of one FNV-1a hash, found by search. */
const ALIKE = ["76mmiqusdt@trade", "2391dxusdt@trade"] as const;

describe("frames", () => {
  test.each([
    ['{"stream":"ethusdt@trade","data":{}}', "ethusdt@trade"],
    ['{"stream":"ethusdt@trade"', "ethusdt@trade"],
    ['{"stream":"ethusdt@trade', undefined],
    ['{"stream":"ethusdt@trades","data":{}}', undefined],
    ['{"stream":"ethusdt@trad","data":{}}', undefined],
    ['{"stream":"btcusdt@trade","data":{}}', "btcusdt@trade"],
    ['{"stream":"gone@trade","data":{}}', undefined],
    ['{"stream":"', undefined],
    ['{"stream":""', undefined],
    [`{"stream":"${"x".repeat(5_000)}`, undefined],
  ])("%s is of stream %p", (text, name) => {
    const index = new TopicIndex<{ readonly name: string }>({ head: STREAM_HEAD });
    for (const known of ["ethusdt@trade", "btcusdt@trade", "gone@trade"]) index.add({ name: known });
    index.remove("gone@trade");
    index.remove("never@trade");
    expect(index.ofFrame(text)?.name).toBe(name);
    expect([index.size, [...index].length, index.get("gone@trade")]).toEqual([2, 2, undefined]);
    expect(() => index.add({ name: "ethusdt@trade" })).toThrow("IdNotDense");
  });

  test("names that hash alike are told apart", () => {
    const index = new TopicIndex<{ readonly name: string }>({ head: STREAM_HEAD });
    for (const name of ALIKE) index.add({ name });
    for (const name of ALIKE) expect(index.ofFrame(`{"stream":"${name}","data":1}`)?.name).toBe(name);
    index.remove(ALIKE[0]);
    expect(index.ofFrame(`{"stream":"${ALIKE[0]}"`)).toBeUndefined();
    expect(index.ofFrame(`{"stream":"${ALIKE[1]}"`)?.name).toBe(ALIKE[1]);
  });

  test.each([
    ['{"result":null,"id":1}', { kind: "answer", id: 1, refused: false, detail: "" }],
    ['{"result":["a@trade"],"id":2}', { kind: "answer", id: 2, refused: false, detail: "" }],
    [
      '{"code":2,"msg":"Invalid request","id":3}',
      { kind: "answer", id: 3, refused: true, detail: "2 Invalid request" },
    ],
    ['{"error":{"code":1,"msg":"bad"},"id":4}', { kind: "answer", id: 4, refused: true, detail: "1 bad" }],
    ['{"error":{"code":1,"msg":"bad"}}', { kind: "answer", id: undefined, refused: true, detail: "1 bad" }],
    ['{"e":"serverShutdown","E":1}', { kind: "shutdown" }],
    ['{"stream":"!serverShutdown","data":{}}', { kind: "shutdown" }],
    ['{"stream":"!ticker@arr","data":[]}', { kind: "other" }],
    ['{"result":null}', { kind: "other" }],
    ["[]", { kind: "other" }],
    ["null", { kind: "other" }],
    ['{"result":null,"id', { kind: "other" }],
    [`{"result":"${"x".repeat(5_000)}","id":1}`, { kind: "other" }],
  ] as const)("%s is read", (text, control) => {
    expect(readControl(text)).toEqual(control);
  });
});

describe("streams of a symbol", () => {
  const choice = { trades: "aggTrade", quotes: true, depth: "100ms", marks: true } as const;

  test("spot speaks on one path", () => {
    expect(streamsOf("spot", "ETHUSDT", choice)).toEqual([
      { name: "ethusdt@aggTrade", kind: TopicKind.Trades, path: "/stream" },
      { name: "ethusdt@bookTicker", kind: TopicKind.Quotes, path: "/stream" },
      { name: "ethusdt@depth@100ms", kind: TopicKind.Book, path: "/stream" },
    ]);
  });

  test("USD-M speaks on two: books and quotes in public, all else in market", () => {
    expect(streamsOf("usdm", "ETHUSDT", choice).map(({ name, path }) => `${path} ${name}`)).toEqual([
      "/market/stream ethusdt@aggTrade",
      "/public/stream ethusdt@bookTicker",
      "/public/stream ethusdt@depth@100ms",
      "/market/stream ethusdt@markPrice@1s",
    ]);
    const forced = { ...choice, liquidations: true };
    expect(streamsOf("usdm", "ETHUSDT", forced).at(-1)).toEqual({
      ...{ name: "ethusdt@forceOrder", kind: TopicKind.Liquidations, path: "/market/stream" },
    });
    expect(streamsOf("spot", "ETHUSDT", forced)).toEqual(streamsOf("spot", "ETHUSDT", choice));
  });

  test("the venue's usual speed has no suffix, and what is not chosen is not asked", () => {
    const only = (depth: "1000ms" | "250ms" | "none") => ({ trades: "none", quotes: false, depth }) as const;
    expect(streamsOf("spot", "A", only("1000ms")).map(({ name }) => name)).toEqual(["a@depth"]);
    expect(streamsOf("usdm", "A", only("250ms")).map(({ name }) => name)).toEqual(["a@depth"]);
    expect(streamsOf("usdm", "A", only("1000ms")).map(({ name }) => name)).toEqual(["a@depth@1000ms"]);
    expect(streamsOf("spot", "A", only("none"))).toEqual([]);
  });
});
