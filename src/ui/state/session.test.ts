/** Login, polling and actions against the real development server, without a browser. */

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { DEV_CODE, DEV_TOKEN, DevServer } from "../dev_server.testing.ts";
import { Api, ApiError, problemOf, readProblem } from "./api.ts";
import { PageSession } from "./session.ts";
import { Store } from "./store.ts";
import type { SocketEvents, StreamWorld } from "./stream_client.ts";

let server: DevServer;
let url: string;
let open: PageSession[] = [];

beforeEach(async () => {
  server = new DevServer();
  url = await server.start();
  open = [];
});

afterEach(async () => {
  for (const session of open) session.stream.stop();
  await server.stop();
});

/** A browser's jar of one cookie, over real requests and a real WebSocket. */
function page() {
  let cookie = "";
  const store = new Store();
  const api = new Api(async (path, init) => {
    const answer = await fetch(url + path, { ...init, headers: { ...(init.headers as object), cookie } });
    cookie = answer.headers.get("set-cookie")?.split(";")[0] ?? cookie;
    return answer;
  });
  const world: StreamWorld = {
    connect: (events: SocketEvents) => {
      const socket = new WebSocket(`${url.replace("http", "ws")}/api/v1/stream`, { headers: { cookie } } as never);
      socket.onopen = () => events.open();
      socket.onmessage = ({ data }) => events.message(String(data));
      socket.onclose = () => events.closed();
      return { send: (text) => socket.send(text), close: () => socket.close() };
    },
    after: (ms, call) => {
      const timer = setTimeout(call, ms);
      return () => clearTimeout(timer);
    },
    nowMs: () => Date.now(),
    chance: () => 0,
  };
  const session = new PageSession(store, api, world);
  open.push(session);
  return { store, session, api };
}

async function until(holds: () => boolean, what: string): Promise<void> {
  for (let i = 0; i < 1_200; i++) {
    if (holds()) return;
    await Bun.sleep(10);
  }
  throw new Error(`did not happen: ${what}`);
}

describe("login", () => {
  test("a good code signs in at once; the lists, the history and the stream fill the store", async () => {
    server.locked = true;
    const { store, session } = page();
    await session.start(DEV_CODE);
    expect(store.session.value).toBe("signedIn");
    await until(() => store.orders.value.length > 0 && store.curve.columns("USDT")[0].length > 800, "rows");
    await until(() => store.instances.value.length === 3 && store.balances.value.length === 2, "lists");
    expect(store.risk.value?.killed).toBe(false);
    expect(store.notices.value).toEqual([]);
  });

  test("a used code says so, and the token still opens", async () => {
    server.locked = true;
    const { store, session } = page();
    await session.start("used");
    expect([store.session.value, store.notices.value[0]?.problem?.code]).toEqual(["signedOut", "Unauthorized"]);
    expect((await session.signIn("wrong"))?.hint).toContain("meltica-data/token");
    expect(store.session.value).toBe("signedOut");
    expect(await session.signIn(DEV_TOKEN)).toBeUndefined();
    expect(store.session.value).toBe("signedIn");
  });

  test("a session that ends shows the login again, and nothing polls on", async () => {
    const { store, session } = page();
    await session.start(undefined);
    await until(() => store.connection.value === "live", "live");
    server.locked = true;
    server.dropStreams();
    await until(() => store.session.value === "signedOut", "signed out");
    expect(session.stream.state).toBe("lost");
  });
});

describe("actions", () => {
  test("kill and resume go to the gateway and come back by the stream", async () => {
    const { store, session } = page();
    await session.start(undefined);
    await session.kill("test");
    await until(() => store.killed.value, "killed");
    expect(store.risk.value?.kills[0]?.why).toBe("test");
    await session.resume("test");
    await until(() => !store.killed.value, "resumed");
    expect(server.changes).toEqual([
      { method: "POST", path: "/risk/kill", body: { scope: "firm", why: "test" } },
      { method: "POST", path: "/risk/resume", body: { scope: "firm", why: "test" } },
    ]);
  });

  test("a gateway that was restarted is not resumed from: all is asked for anew", async () => {
    const { store, session } = page();
    await session.start(undefined);
    await until(() => store.loaded.value.size === 6, "snapshots");
    server.data.pid++;
    server.dropStreams();
    const anew = () => server.subscribed.findIndex((asked, i) => i > 1 && asked.resume === undefined);
    await until(() => anew() > 0, "subscribed without resume");
    expect(server.subscribed[anew()]?.channels).toHaveLength(6);
    const count = server.subscribed.length;
    server.publish(server.data.second());
    await Bun.sleep(30);
    expect(server.subscribed).toHaveLength(count); // Once is enough.
  });

  test("a kill works and is seen while there is no stream", async () => {
    const { store, session } = page();
    await session.start(undefined);
    await until(() => store.connection.value === "live", "live");
    server.refuseStreams = true;
    server.dropStreams();
    await until(() => store.stale.value, "drop seen");
    await session.kill("test");
    expect([store.killed.value, store.stale.value]).toEqual([true, true]);
    await session.resume("test");
    expect(store.killed.value).toBe(false);
  });

  test("a list that fails leaves the others current and is named", async () => {
    const { store, session } = page();
    await session.start(undefined);
    await until(() => store.balances.value.length > 0, "lists");
    server.broken = "/balances";
    await session.instance("grid-eth", "stop");
    expect(store.pollProblem.value?.code).toBe("EngineStalled");
    expect([store.instances.value[2]?.status, store.balances.value.length]).toEqual(["stopped", 2]);
    server.broken = "";
    await session.instance("grid-eth", "resume");
    expect(store.pollProblem.value).toBeUndefined();
  });

  test("what the gateway refuses is shown in its own words", async () => {
    const { store, session } = page();
    await session.start(undefined);
    await session.cancelOrder(999_999);
    expect(store.notices.value[0]?.problem).toMatchObject({ status: 404, detail: "That order is not open any more." });
    await session.instance("grid-eth", "resume");
    expect(store.instances.value[2]?.status).toBe("running");
  });

  test("a curve that missed points is filled again from its first one", async () => {
    const { store, session } = page();
    await session.start(undefined);
    await until(() => store.curve.columns("USDT")[0].length > 800, "history");
    const first = store.curve.firstUs;
    server.refuseStreams = true;
    server.dropStreams();
    for (let i = 0; i < 80; i++) {
      server.publish(server.data.second()); // More than the server holds for a resume.
      await Bun.sleep(1);
    }
    server.refuseStreams = false;
    const whole = new Set(server.data.pnl.map((point) => point.time.us)).size;
    await until(() => store.curve.columns("USDT")[0].length >= whole, "filled");
    expect(store.curve.firstUs).toBe(first);
  });

  test("resumes after a drop without a hole, and heals a gap", async () => {
    const { store, session } = page();
    await session.start(undefined);
    await until(() => store.loaded.value.size === 6, "snapshots");
    server.dropStreams();
    await until(() => store.connection.value !== "live", "drop seen");
    await until(() => store.connection.value === "live", "live again");
    expect(server.subscribed.at(-1)?.resume).toHaveProperty("orders");
    server.skip("orders");
    server.publish(server.data.place());
    await until(() => session.stream.counts.gaps === 1, "gap");
    await until(() => store.orders.value.length >= Math.min(100, server.data.orders.length), "snapshot");
  });
});

describe("answers", () => {
  test("that are no problem+json still say something", () => {
    expect(readProblem(502, "<html>")).toMatchObject({ status: 502, code: "Http502", hint: "" });
    expect(readProblem(409, '{"code":"Conflict","detail":"d","hint":"h"}')).toEqual({
      status: 409,
      code: "Conflict",
      detail: "d",
      hint: "h",
    });
    expect(problemOf(new Error("x")).code).toBe("PageFault");
  });

  test("that never come are a problem with a cure", async () => {
    const api = new Api(() => Promise.reject(new TypeError("refused")));
    const error = await api.get("/status").catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ApiError);
    expect(problemOf(error)).toMatchObject({ code: "Unreachable", status: 0 });
  });

  test("that come in pages are put together, up to a bound", async () => {
    const asked: string[] = [];
    const api = new Api(async (path) => {
      asked.push(path);
      return Response.json({ items: [1, 2], next: asked.length < 3 ? `c${asked.length}` : null });
    });
    expect(await api.list("/pnl?since=0", 10)).toEqual([1, 2, 1, 2, 1, 2]);
    expect(asked.slice(1)).toEqual(["/api/v1/pnl?since=0&cursor=c1", "/api/v1/pnl?since=0&cursor=c2"]);
    expect(await api.list("/orders", 3)).toHaveLength(2);
  });
});
