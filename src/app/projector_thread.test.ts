/** A whole gateway with its projector: projector_thread.ts, projector.worker.ts, history_rows.ts, journal_source.ts, outbox_open.ts. */

import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { configOf } from "../../test/support/gateway_rig.ts";
import type { Config } from "./config_schema.ts";
import { startGateway } from "./gateway.ts";
import { openConfiguredStore } from "./history_store.ts";

test("history follows a running gateway, is asked over HTTP, and goes on after a restart", async () => {
  const dir = mkdtempSync(join(process.env["TMPDIR"] ?? "/tmp", "meltica-history-"));
  const file = join(dir, "out.jsonl");
  const outbox = { all: { file, kinds: [] }, none: { kinds: [] } };
  const config = { ...configOf(join(dir, "data")), outbox };
  for (let start = 0; start < 2; start++) {
    const gateway = await startGateway(config, { version: "t", log: () => {}, logIsTerminal: false });
    const authorization = `Bearer ${readFileSync(gateway.tokenFile, "utf8").trim()}`;
    const get = async (path: string) => {
      const answer = await fetch(`${gateway.url}/api/v1/${path}`, { headers: { authorization } });
      return (await answer.json()) as ReturnType<typeof JSON.parse>;
    };
    await Bun.sleep(1_500);
    const { record } = await get("status");
    for (let n = 0; n < 200 && (await get("history")).record < record; n++) await Bun.sleep(50);
    const view = await get("history");
    expect(view.record).toBeGreaterThanOrEqual(record);
    expect(view).toMatchObject({ dialect: "sqlite", state: "following", problem: null });
    expect(view.outbox.map(({ name }: { name: string }) => name)).toEqual(["all"]);
    const problems = (await get("status")).problems.map(({ code }: { code: string }) => code);
    expect(problems).toContain("OutboxConfig");
    const [first] = (await get("history/orders?limit=1")).items;
    expect(first.id).toBeGreaterThan(0);
    const timeline = await get(`history/orders/${first.id}/timeline`);
    expect(timeline.events[0].event).toMatch(/OrderIntent|OrderDenied/);
    expect(gateway.supervisor.problems.filter(({ code }) => code === "ProjectionFailed")).toEqual([]);
    await gateway.stop("test");
  }
  const store = openConfiguredStore(config, config.dataDir);
  expect((await store.scan("providers", 9)).map(({ name }) => name)).toEqual(["sim"]);
  const sessions = await store.scan("sessions", 9);
  expect(sessions.length).toBeGreaterThanOrEqual(2);
  await store.close();
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  expect(lines.map((line) => (JSON.parse(line) as { record: number }).record)).toEqual(lines.map((_, n) => n + 1));
}, 60_000);

test("a receiver that never answers holds up its own records, and no history", async () => {
  const dir = mkdtempSync(join(process.env["TMPDIR"] ?? "/tmp", "meltica-history-"));
  let asked = 0;
  const receiver = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch() {
      asked++;
      return new Promise<Response>(() => {});
    },
  });
  const outbox = { hook: { url: `http://127.0.0.1:${receiver.port}/`, kinds: [] } };
  const config = { ...configOf(join(dir, "data")), outbox };
  const gateway = await startGateway(config, { version: "t", log: () => {}, logIsTerminal: false });
  const authorization = `Bearer ${readFileSync(gateway.tokenFile, "utf8").trim()}`;
  const get = async (path: string) => {
    const answer = await fetch(`${gateway.url}/api/v1/${path}`, { headers: { authorization } });
    return (await answer.json()) as ReturnType<typeof JSON.parse>;
  };
  for (let n = 0; n < 400 && asked === 0; n++) await Bun.sleep(20);
  // What came after the first question, and before it is given up, is in the history.
  const { record } = await get("status");
  const untilMs = performance.now() + 20_000;
  while ((await get("history")).record <= record && performance.now() < untilMs) await Bun.sleep(20);
  const view = await get("history");
  expect([view.record > record, asked, view.outbox[0].record]).toEqual([true, 1, 0]);
  await gateway.stop("test");
  receiver.stop(true);
}, 60_000);

test("a store of another journal answers no question: its numbers are other orders", async () => {
  const dir = mkdtempSync(join(process.env["TMPDIR"] ?? "/tmp", "meltica-history-"));
  const ask = async (config: ReturnType<typeof configOf>, isOurs: boolean) => {
    const gateway = await startGateway(config, { version: "t", log: () => {}, logIsTerminal: false });
    const headers = { authorization: `Bearer ${readFileSync(gateway.tokenFile, "utf8").trim()}` };
    const get = async (path: string) => {
      const answer = await fetch(`${gateway.url}/api/v1/${path}`, { headers });
      return { status: answer.status, ...((await answer.json()) as ReturnType<typeof JSON.parse>) };
    };
    const isKnown = async () => {
      const { record, state } = await get("history");
      return isOurs ? record > 40 : state === "stopped";
    };
    for (let n = 0; n < 400 && !(await isKnown()); n++) await Bun.sleep(50);
    const found = await get("history/orders?limit=1");
    await gateway.stop("test");
    return found;
  };
  const [ours, other] = ["one", "two"].map((name) => configOf(join(dir, name))) as [Config, Config];
  expect(await ask(ours, true)).toMatchObject({ status: 200, items: [{ id: expect.any(Number) }] });
  mkdirSync(other.dataDir, { mode: 0o700 });
  for (const name of readdirSync(ours.dataDir).filter((each) => each.startsWith("history.sqlite"))) {
    copyFileSync(join(ours.dataDir, name), join(other.dataDir, name));
  }
  expect(await ask(other, false)).toMatchObject({ status: 503, code: "StoreAhead" });
}, 60_000);

test("a store that cannot be opened at the start is told, and opened when it can be", async () => {
  const dir = mkdtempSync(join(process.env["TMPDIR"] ?? "/tmp", "meltica-history-"));
  const config = configOf(join(dir, "data"));
  mkdirSync(config.dataDir, { mode: 0o700 });
  const other = new Database(join(config.dataDir, "history.sqlite"));
  other.run("create table another (n)");
  other.run("begin exclusive"); // Not even its mode can be asked for.
  const gateway = await startGateway(config, { version: "t", log: () => {}, logIsTerminal: false });
  const authorization = `Bearer ${readFileSync(gateway.tokenFile, "utf8").trim()}`;
  const view = async () => {
    const answer = await fetch(`${gateway.url}/api/v1/history`, { headers: { authorization } });
    return (await answer.json()) as ReturnType<typeof JSON.parse>;
  };
  for (let n = 0; n < 100 && (await view()).lagRecords === 0; n++) await Bun.sleep(50);
  const { state, problem, lagRecords } = await view();
  expect([state, problem.slice(0, 9)]).toEqual(["stopped", "StoreAway"]);
  expect(lagRecords).toBeGreaterThan(0);
  other.run("rollback");
  other.close();
  for (let n = 0; n < 200 && (await view()).record === 0; n++) await Bun.sleep(50);
  expect(await view()).toMatchObject({ state: "following", problem: null });
  await gateway.stop("test");
}, 60_000);
