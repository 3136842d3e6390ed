/** A key makes one order: repeated, raced, denied, with another body, and after a restart of the gateway. */

import { afterAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { DEFAULT_LIMITS } from "../core/limits.ts";
import { RecordKind, TradingRecord } from "../model/record.ts";
import { bodyHash, KeyTable, storedKey } from "./key_table.ts";
import { Client, ORDER, Rig } from "./rig.testing.ts";

const rigs: Rig[] = [];
function open(rig: Rig): Client {
  rigs.push(rig);
  rig.start();
  return new Client(rig);
}
afterAll(async () => {
  for (const rig of rigs) await rig.control.stop();
});

const key = (text: string) => ({ "idempotency-key": text });
const body = { ...ORDER, price: "1990" };

describe("a key", () => {
  const rig = new Rig();
  const client = open(rig);
  rig.quote(19_999_900, 20_000_100);

  test("the same key and body give the same order, whatever the order of fields", async () => {
    const first = await client.post("/api/v1/orders", body, key("k1"));
    const { price, ...rest } = body;
    const second = await client.post("/api/v1/orders", { price, ...rest }, key("k1"));
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.json.id).toBe(first.json.id);
    expect(second.headers.get("idempotency-replayed")).toBe("true");
    expect(first.headers.get("idempotency-replayed")).toBeNull();
    const other = await client.post("/api/v1/orders", body, key("k2"));
    expect(other.json.id).not.toBe(first.json.id);
  });

  test("the same key with another body is a conflict", async () => {
    const answer = await client.post("/api/v1/orders", { ...body, qty: "0.6" }, key("k1"));
    expect([answer.status, answer.json.code]).toEqual([409, "IdempotencyMismatch"]);
  });

  test("50 at one time make one order", async () => {
    rig.answerTurns = 3;
    const before = rig.desk.state.orders.nextOrder;
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => client.post("/api/v1/orders", body, key("race"))),
    );
    rig.answerTurns = 0;
    expect(new Set(answers.map((answer) => answer.json.id))).toEqual(new Set([before]));
    expect(rig.desk.state.orders.nextOrder).toBe(before + 1);
  });

  test("a denied order stays denied under its key", async () => {
    const wrong = { ...ORDER, price: "3000" };
    const first = await client.post("/api/v1/orders", wrong, key("denied"));
    const second = await client.post("/api/v1/orders", wrong, key("denied"));
    expect([first.status, second.status]).toEqual([422, 422]);
    expect(second.json).toEqual(first.json);
    expect(second.json.denial).toBe("PriceCollar");
  });

  test("after a restart the keys are known from the records alone", async () => {
    const known = await client.post("/api/v1/orders", body, key("before"));
    const orders = rig.desk.state.orders.nextOrder;
    // A new gateway process on the same journal: new replica, new interface, no memory.
    const again = new Rig(rig.desk);
    const after = open(again);
    expect(again.replica.hash()).toBe(rig.desk.state.hash());
    const repeated = await after.post("/api/v1/orders", body, key("before"));
    expect([repeated.status, repeated.json.id]).toEqual([201, known.json.id]);
    expect((await after.post("/api/v1/orders", { ...ORDER, price: "3000" }, key("denied"))).json.denial).toBe(
      "PriceCollar",
    );
    expect((await after.post("/api/v1/orders", { ...body, qty: "1" }, key("before"))).status).toBe(409);
    expect(again.desk.state.orders.nextOrder).toBe(orders);
    expect((await after.get("/api/v1/executions")).json.items).toEqual(
      (await client.get("/api/v1/executions")).json.items,
    );
  });
});

describe("the table", () => {
  const record = (fillId: string, order: number, kind = RecordKind.OrderIntent) =>
    Object.assign(new TradingRecord().reset(kind), { fillId, order, record: order });

  test("any key comes back from its stored form; foreign fill ids are no keys", () => {
    const keys = fc.stringMatching(/^[\x21-\x7e]{1,128}$/);
    fc.assert(
      fc.property(keys, fc.jsonValue(), (text, value) => {
        const table = new KeyTable(DEFAULT_LIMITS);
        const hash = bodyHash(value);
        table.onRecord(record(storedKey(text, hash), 3));
        expect(table.get(text)).toEqual({ bodyHash: hash, order: 3, record: 3, denial: 0 });
        expect(bodyHash(structuredClone(value))).toBe(hash);
      }),
    );
    const table = new KeyTable(DEFAULT_LIMITS);
    for (const odd of ["", "#12345678", "123", "abc#1234567"]) table.onRecord(record(odd, 1));
    table.onRecord(record("k#00000000", 1, RecordKind.OrderFilled));
    expect(table.size).toBe(0);
  });

  test("it is bounded, and the oldest leave first; the first use counts", () => {
    const table = new KeyTable({ ...DEFAULT_LIMITS, historyRowsMax: 2 });
    for (let n = 1; n <= 3; n++) table.onRecord(record(storedKey(`k${n}`, "00000000"), n));
    table.onRecord(record(storedKey("k3", "11111111"), 9));
    expect([table.get("k1"), table.get("k3")?.order, table.size]).toEqual([undefined, 3, 2]);
  });
});
