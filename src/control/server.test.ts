/** The server as a whole: a taken port, raw garbage, a memory that comes later than the replica, the end. */

import { describe, expect, test } from "bun:test";
import { ProblemError } from "../core/problem.ts";
import { Client, ORDER, Rig, TOKEN } from "./rig.testing.ts";

describe("server", () => {
  test("a port in use is a PortTaken problem that names it", async () => {
    const first = new Rig();
    const { port } = first.start();
    try {
      new Rig().start({ port });
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(ProblemError);
      expect((error as ProblemError).problem).toMatchObject({
        code: "PortTaken",
        detail: `127.0.0.1:${port} is in use`,
      });
    }
    await first.control.stop();
    const again = new Rig();
    expect(again.start({ port }).port).toBe(port);
    await again.control.stop();
  });

  test("raw garbage, half requests and cut connections disturb nothing", async () => {
    const rig = new Rig();
    const client = new Client(rig);
    rig.start();
    const { hostname, port } = new URL(rig.control.url);
    const head = `POST /api/v1/orders HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${TOKEN}\r\n`;
    const garbage = [
      "\u0000\u0001\u0002",
      "GET",
      "GET / HTTP/9.9\r\n\r\n",
      `GET /api/v1/status HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${"x".repeat(100_000)}\r\n\r\n`,
      `${head}Content-Length: 1000\r\nContent-Type: application/json\r\n\r\n{"half":`,
      `${head}Content-Length: -5\r\n\r\n`,
      `${head}Transfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\nzz\r\n`,
      `${head}Content-Length: 2\r\nContent-Length: 3\r\nContent-Type: application/json\r\n\r\n{}`,
    ];
    for (const text of garbage) {
      const socket = await Bun.connect({
        hostname,
        port: Number.parseInt(port, 10),
        socket: { data: () => undefined },
      });
      socket.write(text);
      await Bun.sleep(10);
      socket.terminate();
    }
    expect((await client.get("/api/v1/status")).status).toBe(200);
    expect((await client.post("/api/v1/orders", { ...ORDER, price: "1" })).status).toBe(422);
    expect(rig.desk.state.orders.nextOrder).toBeLessThanOrEqual(2);
    expect(rig.faults).toEqual([]);
    await rig.control.stop();
  });

  test("records that the replica holds already are taken as well: keys and executions are there", async () => {
    const rig = new Rig();
    const client = new Client(rig);
    rig.start();
    rig.quote(19_999_900, 20_000_100);
    const placed = await client.post("/api/v1/orders", ORDER, { "idempotency-key": "early" });
    rig.fill(placed.json.id, "F1");
    const executions = (await client.get("/api/v1/executions")).json.items;
    await rig.control.stop();
    // The same replica under a new interface: its records are told once more, when all of them are applied.
    rig.start();
    for (const record of rig.records) rig.control.listener.onRecord(record);
    expect((await client.get("/api/v1/executions")).json.items).toEqual(executions);
    const again = await client.post("/api/v1/orders", ORDER, { "idempotency-key": "early" });
    expect([again.status, again.json.id, again.json.order.state]).toEqual([201, placed.json.id, "filled"]);
    expect(rig.faults).toEqual([]);
    await rig.control.stop();
  });

  test("stop wakes who waits for a record and lets go of the port", async () => {
    const rig = new Rig();
    rig.start();
    const headers = { authorization: `Bearer ${TOKEN}` };
    const waiting = rig.control.handle(new Request(`${rig.control.url}/api/v1/status?since=999999`, { headers }));
    await Bun.sleep(5);
    const started = performance.now();
    await rig.control.stop();
    expect((await waiting).status).toBe(503);
    expect(performance.now() - started).toBeLessThan(1_000);
    expect(fetch(rig.control.url)).rejects.toThrow();
  });
});
