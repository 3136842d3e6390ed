/** The verbs that ask a gateway, against a real server: what they send, show and answer when things go wrong. */

import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TSchema } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { MemoryTerminal } from "../../test/support/memory_terminal.ts";
import * as views from "../control/views.ts";
import { Exit } from "./exit.ts";
import * as rows from "./gateway.testing.ts";
import { newLines } from "./logs.ts";
import { run } from "./run.ts";

const standIn = rows.startStandIn();
afterAll(() => standIn.stop());

beforeEach(() => {
  standIn.asked.length = 0;
  for (const key of Object.keys(standIn.mood)) delete standIn.mood[key as keyof rows.Mood];
});

async function call(...raw: string[]) {
  const terminal = new MemoryTerminal();
  const exit = await run([...raw, "--data-dir", standIn.dataDir], terminal);
  return { exit, stdout: terminal.stdout, stderr: terminal.stderr };
}

test("the server of this test answers what the views say", () => {
  const pairs: [TSchema, unknown][] = [
    [views.OrderView, rows.ORDER],
    [views.ExecutionView, rows.EXECUTION],
    [views.InstanceView, rows.INSTANCE],
    [views.PositionView, rows.POSITION],
    [views.BalanceView, rows.BALANCE],
    [views.StatusView, rows.STATUS],
  ];
  for (const [schema, row] of pairs) expect([...Value.Errors(schema, row)]).toEqual([]);
});

describe("lists", () => {
  test("orders: aligned, thousands, by hand, time in UTC", async () => {
    const { exit, stdout, stderr } = await call("orders");
    expect({ exit, stderr }).toEqual({ exit: Exit.Ok, stderr: "" });
    expect(stdout.split("\n")).toEqual([
      "id  account  instrument    instance  side  type       qty  filled     price  waits for  state  reason  updated (UTC)",
      "17  paper    sim:BTC-USDT  by hand   buy   limit  1,234.5       0  50,000.5             open           2026-11-21 10:00:00.123",
      "",
    ]);
    expect(standIn.asked).toMatchObject([{ method: "GET", path: "orders?state=open&limit=100" }]);
  });

  test("filters go to the gateway; pages are followed up to the limit", async () => {
    standIn.mood.orders = Array.from({ length: 5 }, (_, id) => ({ ...rows.ORDER, id }));
    const { stdout } = await call("orders", "list", "--state", "all", "--account", "a b", "--limit", "3", "--json");
    expect(JSON.parse(stdout).items.map(({ id }: { id: number }) => id)).toEqual([0, 1, 2]);
    expect(standIn.asked.map(({ path }) => path)).toEqual([
      "orders?state=all&account=a+b&limit=3",
      "orders?state=all&account=a+b&limit=1&cursor=2",
    ]);
    expect(JSON.parse((await call("orders", "--limit", "0", "--json")).stdout).items).toHaveLength(5);
    expect((await call("orders", "--limit", "x")).exit).toBe(Exit.UsageOrNotFound);
  });

  test("positions, balances, executions, instances: empty cells keep numbers to the right", async () => {
    expect((await call("positions")).stdout).toContain(
      "qty  entry    mark  realized  unrealized  margin  leverage  asset\n",
    );
    expect((await call("positions")).stdout).toContain(
      "-0.5         50,000    -12.25           3                    USDT\n",
    );
    expect((await call("balances")).stdout).toContain("paper    USDT   99,987.75     500  99,487.75\n");
    expect((await call("executions", "--account", "paper")).stdout).toContain("sell");
    expect(standIn.asked.at(-1)?.path).toBe("executions?account=paper&limit=100");
    expect((await call("instances")).stdout).toContain("sim:BTC-USDT@paper/1s");
    expect(standIn.asked.at(-1)?.path).toBe("instances");
  });

  test("texts of others cannot paint the terminal", async () => {
    standIn.mood.orders = [{ ...rows.ORDER, reason: "\x1b[2Jgone\nfake line" }];
    expect((await call("orders")).stdout).toContain("\\u001b[2Jgone\\u000afake line");
    standIn.mood.refuse = { status: 422, code: "OrderDenied", detail: "\x1b]0;x\x07", hint: "" };
    expect((await call("orders")).stderr).toBe("error: \\u001b]0;x\\u0007 [OrderDenied]\n");
  });

  test("nothing there: one line, none when quiet, an empty list as JSON", async () => {
    standIn.mood.orders = [];
    expect((await call("orders")).stdout).toBe("no orders\n");
    expect((await call("orders", "--quiet")).stdout).toBe("");
    expect((await call("orders", "--json")).stdout).toBe('{"items":[],"record":91}\n');
  });
});

describe("status", () => {
  test("words for people, one word when quiet, the view as JSON", async () => {
    const { stdout } = await call("status");
    expect(stdout).toContain("  state        ready\n");
    expect(stdout).toContain(`up 61 s`);
    expect(stdout).toContain("sim       sim      connected  12,345          0           0  2026-11-21 10:00:00.123");
    expect((await call("status", "--quiet")).stdout).toBe("ready\n");
    expect(JSON.parse((await call("status", "--json")).stdout)).toEqual(rows.STATUS);
  });

  test("a live account: dead-man switches that the venue has taken, and those it has not, with the code", async () => {
    const figures = {
      streamUp: true,
      clockOffsetUs: 0,
      clockUncertaintyUs: 0,
      weightUsed: 0,
      ordersUsed: 0,
      freezes: 0,
    };
    const counts = { reconnects: 0, handovers: 0, requestsOpen: 0, questionsOpen: 0 };
    const reports = { reports: 0, reportsWaiting: 0, reportsLost: 0 };
    const missing = (code: string | null, stillArmed: boolean) => ({ instrument: "usdm:BTC-USDT", code, stillArmed });
    const fee = { maker: "-0.00005", taker: "0.00045", discountIn: null, asOf: { iso: "", us: 0 } };
    const fees = { fees: [{ instrument: "usdm:BTC-USDT", ...fee }], feesMissing: 1 };
    const known = { fit: true, unfitWhy: null, checks: [], ...fees };
    const live = { ...known, ...figures, ...counts, ...reports, deadManSwitches: 7 };
    const rowOf = async (deadManMissing: ReturnType<typeof missing>[]) => {
      standIn.mood.accounts = [{ ...rows.ACCOUNT, mode: "live", armed: true, live: { ...live, deadManMissing } }];
      return (await call("status")).stdout;
    };
    expect(await rowOf([])).toMatch(/armed +up +7 +0\.0 ms/);
    expect(await rowOf([])).toMatch(/usdm:BTC-USDT +-0\.00005 +0\.00045/);
    expect(await rowOf([])).toContain("1 more not told yet");
    expect(await rowOf([missing("AnswerRefused", false)])).toContain("7; usdm:BTC-USDT not armed (AnswerRefused)");
    expect(await rowOf([missing("AnswerMissing", true)])).toContain("7; usdm:BTC-USDT not renewed (AnswerMissing)");
    expect(await rowOf([missing(null, false)])).toContain("7; usdm:BTC-USDT not armed  ");
  });

  test("on a terminal: colour and one next line", async () => {
    const terminal = Object.assign(new MemoryTerminal(), { stdoutIsTerminal: true, color: true });
    await run(["status", "--data-dir", standIn.dataDir], terminal);
    expect(terminal.stdout).toContain("\x1b[32mready");
    expect(terminal.stdout.match(/^next: /gm)).toHaveLength(1);
  });
});

describe("orders by hand", () => {
  const LIMIT = [
    "orders",
    "place",
    "--instrument",
    "sim:BTC-USDT",
    "--side",
    "buy",
    "--qty",
    "0.10",
    "--price",
    "50000",
  ];

  test("place: the body as it was written, the only account, a key of its own", async () => {
    const { exit, stdout } = await call(...LIMIT, "--post-only", "--tif", "gtc", "--why", "test");
    expect(exit).toBe(Exit.Ok);
    expect(stdout).toContain("17  paper");
    expect(standIn.asked.map(({ method, path }) => `${method} ${path}`)).toEqual(["GET accounts", "POST orders"]);
    expect(standIn.asked[1]?.body).toEqual({
      ...{ account: "paper", instrument: "sim:BTC-USDT", side: "buy", qty: "0.10", type: "limit", price: "50000" },
      ...{ timeInForce: "gtc", postOnly: true, why: "test" },
    });
    expect([...Value.Errors(views.PlaceBody, standIn.asked[1]?.body)]).toEqual([]);
    expect(standIn.asked[1]?.key).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("a market order, a given key, a dry run", async () => {
    const words = ["--instrument", "sim:ETH-USDT", "--side", "sell", "--qty", "1", "--account", "a"];
    expect(await call("orders", "place", ...words, "--key", "k1")).toMatchObject({ exit: Exit.Ok });
    expect(standIn.asked).toMatchObject([{ path: "orders", key: "k1", body: { type: "market" } }]);
    const dry = await call("orders", "place", ...words, "--dry-run");
    expect(dry.exit).toBe(Exit.Error);
    expect(dry.stdout).toMatch(/^risk +denied +over maxOrderQty +place less$/m);
    expect(dry.stdout).toEndWith("nothing was sent; not checked: the venue's answer\n");
    expect(standIn.asked.at(-1)?.path).toBe("orders?dryRun=true");
  });

  test("form is checked before anything is sent", async () => {
    expect((await call("orders", "place", "--side", "buy")).stderr).toStartWith("error: --instrument is missing");
    for (const qty of ["1e3", "-1", ".5", "0x10", "1,000"]) {
      const { exit, stderr } = await call("orders", "place", "--instrument", "i", "--side", "buy", `--qty=${qty}`);
      expect([exit, stderr]).toEqual([2, `error: --qty cannot be "${qty}" [Usage] (a plain decimal, e.g. 0.25)\n`]);
    }
    expect(standIn.asked).toEqual([]);
  });

  test("a denial is shown with its code; no answer names the key to repeat it with", async () => {
    standIn.mood.refuse = { status: 422, code: "OrderDenied", detail: "over maxOrderQty", hint: "see denial" };
    const denied = await call(...LIMIT, "--account", "paper");
    expect(denied).toMatchObject({ exit: Exit.Error, stderr: "error: over maxOrderQty [OrderDenied] (see denial)\n" });
    standIn.mood.refuse = { status: 503, code: "OutcomeUnknown", detail: "the engine was replaced", hint: "" };
    const unknown = await call(...LIMIT, "--account", "paper", "--key", "k2");
    expect(unknown.stderr).toContain("repeat it with --key k2, which cannot place it twice");
  });

  test("amend: what is to change, as it was written", async () => {
    expect((await call("orders", "amend", "17", "--price", "50100.10", "--why", "w")).stdout).toContain("17  paper");
    expect(standIn.asked).toMatchObject([
      { method: "PATCH", path: "orders/17", body: { price: "50100.10", why: "w" } },
    ]);
    expect([...Value.Errors(views.AmendBody, standIn.asked[0]?.body)]).toEqual([]);
    expect((await call("orders", "amend", "17")).stderr).toContain("nothing to change");
    expect((await call("orders", "amend", "17", "--qty", "1e3")).stderr).toContain('--qty cannot be "1e3"');
    expect((await call("orders", "amend", "x", "--qty", "1")).exit).toBe(Exit.UsageOrNotFound);
  });

  test("end: whose word it is, and what shows it", async () => {
    expect((await call("orders", "end", "17", "--why", "w")).stderr).toStartWith("error: --by is missing");
    expect((await call("orders", "end", "17", "--by", "ann")).stderr).toStartWith("error: --why is missing");
    expect(standIn.asked).toEqual([]);
    expect((await call("orders", "end", "17", "--by", "ann", "--why", "gone")).stdout).toStartWith("order 17: ");
    expect(standIn.asked).toMatchObject([{ method: "POST", path: "orders/17/end", body: { by: "ann", why: "gone" } }]);
  });

  test("cancel: each on its own; cancel-all with filters; show", async () => {
    expect((await call("orders", "cancel", "17", "18")).stdout).toBe("order 17: open\norder 18: open\n");
    expect(standIn.asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "DELETE orders/17",
      "DELETE orders/18",
    ]);
    expect((await call("orders", "cancel", "../x")).exit).toBe(Exit.UsageOrNotFound);
    await call("orders", "cancel-all", "--instrument", "sim:BTC-USDT", "--why", "news");
    expect(standIn.asked.at(-1)?.body).toEqual({ instrument: "sim:BTC-USDT", why: "news" });
    expect((await call("orders", "show", "17")).stdout).toContain("  instrument     sim:BTC-USDT\n");
    standIn.mood.refuse = { status: 404, code: "NotFound", detail: "there is no order 9", hint: "check the id" };
    expect(await call("orders", "show", "9")).toMatchObject({ exit: Exit.UsageOrNotFound, stdout: "" });
    const failed = await call("orders", "cancel", "9", "--json");
    expect(failed.exit).toBe(Exit.UsageOrNotFound);
    expect(JSON.parse(failed.stdout)).toMatchObject({ items: [], problems: [{ code: "NotFound" }] });
  });
});

describe("instances", () => {
  test("start sends what the view takes", async () => {
    const words =
      "instances start e2 --strategy ema-cross --market sim:BTC-USDT --account paper --tf 1s --param fast=5";
    expect(await call(...words.split(" "))).toMatchObject({ exit: Exit.Ok });
    const { method, path, body } = standIn.asked[0] as rows.Asked;
    expect([method, path]).toEqual(["POST", "instances"]);
    expect(body).toEqual({
      name: "e2",
      strategy: "ema-cross",
      params: { fast: "5" },
      markets: { main: { instrument: "sim:BTC-USDT", account: "paper", tf: "1s" } },
    });
    expect([...Value.Errors(views.InstanceBody, body)]).toEqual([]);
    expect((await call("instances", "start", "e2")).stderr).toStartWith("error: --strategy is missing");
  });

  test("pause, resume, stop with policy, delete, show", async () => {
    for (const what of ["pause", "resume"]) await call("instances", what, "ema", "--why", "x");
    await call("instances", "stop", "ema", "--policy", "flatten");
    await call("instances", "delete", "a/b");
    await call("instances", "show", "ema");
    expect(standIn.asked.map(({ method, path, body }) => [`${method} ${path}`, body])).toEqual([
      ["POST instances/ema/pause", { why: "x" }],
      ["POST instances/ema/resume", { why: "x" }],
      ["POST instances/ema/stop", { policy: "flatten" }],
      ["DELETE instances/a%2Fb", undefined],
      ["GET instances/ema", undefined],
    ]);
    expect((await call("instances", "stop", "ema", "--policy", "keeep")).stderr).toContain('did you mean "keep"?');
  });
});

describe("logs", () => {
  test("lines for people and for programs", async () => {
    standIn.mood.logs = [{ level: 40, time: 1_795_255_200_123, msg: "slow disk", p99Us: 9_000 }];
    expect((await call("logs")).stdout).toBe("2026-11-21 10:00:00.123 warn  slow disk p99Us=9000\n");
    expect(JSON.parse((await call("logs", "--json")).stdout)).toEqual(standIn.mood.logs[0]);
  });

  test("following prints each new line once, also when lines are alike or were missed", () => {
    const [a, b, c, d] = [{ msg: "a" }, { msg: "b" }, { msg: "c" }, { msg: "d" }] as const;
    expect(newLines([a, b], [a, b, c])).toEqual([c]);
    expect(newLines([a, b], [b, c, d])).toEqual([c, d]);
    expect(newLines([a, a], [a, a, a])).toEqual([a]);
    expect(newLines([a, b], [c, d])).toEqual([c, d]);
    expect(newLines([], [a])).toEqual([a]);
    expect(newLines([a], [a])).toEqual([]);
  });
});

describe("when it does not go well", () => {
  async function at(dataDir: string, ...raw: string[]) {
    const terminal = new MemoryTerminal();
    return { exit: await run([...raw, "--data-dir", dataDir], terminal), stderr: terminal.stderr };
  }

  test("no directory, no gateway, a dead process, a closed port, a damaged file: not running, exit 3", async () => {
    const dir = mkdtempSync(join(tmpdir(), "meltica-none-"));
    const expectNotRunning = async (part: string) => {
      const { exit, stderr } = await at(dir, "status", "--json");
      expect(exit).toBe(Exit.NotRunning);
      expect(JSON.parse(stderr).error).toMatchObject({ code: "NotRunning", hint: "start it with `meltica up`" });
      expect(stderr).toContain(part);
    };
    expect((await at(join(dir, "gone"), "status")).stderr).toContain("there is no data directory");
    await expectNotRunning("no gateway is running on");
    writeFileSync(join(dir, "token"), rows.TOKEN);
    const file = (content: object | string) =>
      writeFileSync(join(dir, "gateway.json"), typeof content === "string" ? content : JSON.stringify(content));
    file("{");
    await expectNotRunning("is damaged");
    file({ url: "file:///etc/passwd", pid: process.pid });
    await expectNotRunning("is damaged");
    file({ url: "http://127.0.0.1:1", pid: 2 ** 22 + 1 });
    await expectNotRunning("has ended");
    file({ url: "http://127.0.0.1:1", pid: process.pid });
    await expectNotRunning("does not listen");
    rmSync(join(dir, "token"));
    expect((await at(dir, "status")).stderr).toContain("token");
  });

  test("another program on the port is no gateway; a wrong token is said", async () => {
    standIn.mood.garbage = true;
    expect(await call("status")).toMatchObject({ exit: Exit.NotRunning });
    standIn.mood.garbage = false;
    const dir = mkdtempSync(join(tmpdir(), "meltica-token-"));
    writeFileSync(join(dir, "token"), "wrong");
    writeFileSync(
      join(dir, "gateway.json"),
      JSON.stringify({ url: standIn.url, pid: process.pid, tokenFile: "token" }),
    );
    expect(await at(dir, "status")).toEqual({ exit: Exit.Error, stderr: "error: no token [Unauthorized]\n" });
  });

  test("a connection that breaks in the middle of an order is an outcome that nobody knows", async () => {
    const dir = mkdtempSync(join(tmpdir(), "meltica-broken-"));
    const close = (socket: Bun.Socket) => void socket.end();
    const broken = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: close } });
    const url = `http://127.0.0.1:${broken.port}`;
    writeFileSync(join(dir, "token"), "t");
    writeFileSync(join(dir, "gateway.json"), JSON.stringify({ url, pid: process.pid, tokenFile: "token" }));
    const order = ["--instrument", "i", "--side", "buy", "--qty", "1", "--account", "a", "--key", "k3"];
    const { exit, stderr } = await at(dir, "orders", "place", ...order);
    expect(exit).toBe(Exit.Error);
    expect(stderr).toContain("[OutcomeUnknown] (it may or may not have been placed: repeat it with --key k3");
    expect((await at(dir, "status")).exit).toBe(Exit.NotRunning);
    broken.stop(true);
  });

  test("a proxy in the environment never sees the token", async () => {
    const proxy = Bun.serve({ port: 0, fetch: () => new Response("caught", { status: 500 }) });
    const before = process.env["HTTP_PROXY"];
    process.env["HTTP_PROXY"] = `http://127.0.0.1:${proxy.port}`;
    try {
      expect((await call("status", "--quiet")).stdout).toBe("ready\n");
    } finally {
      if (before === undefined) delete process.env["HTTP_PROXY"];
      else process.env["HTTP_PROXY"] = before;
      proxy.stop(true);
    }
  });
});
