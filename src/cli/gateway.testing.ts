/** A real server on a loopback port that answers with rows of the views, in a data directory as a gateway leaves it. */

import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type {
  AccountView,
  BalanceView,
  ExecutionView,
  InstanceView,
  OrderView,
  PositionView,
  StatusView,
} from "../control/views.ts";

export const TOKEN = "test-token";

export interface Asked {
  readonly method: string;
  /** Path and query after /api/v1/. */
  readonly path: string;
  readonly body: unknown;
  readonly key: string | null;
}

const TIME = { iso: "2026-11-21T10:00:00.123456Z", us: 1_795_255_200_123_456 };

export const ORDER: OrderView = {
  id: 17,
  clientOrderId: "00".repeat(16),
  venueOrderId: null,
  account: "paper",
  instrument: "sim:BTC-USDT",
  instance: null,
  side: "buy",
  type: "limit",
  timeInForce: "gtc",
  postOnly: false,
  reduceOnly: false,
  price: "50000.5",
  qty: "1234.5",
  filledQty: "0",
  leavesQty: "1234.5",
  state: "open",
  terminal: false,
  reason: null,
  why: "by hand",
  updated: TIME,
};

export const EXECUTION: ExecutionView = {
  record: 90,
  fillId: "R1-1",
  order: 17,
  account: "paper",
  instrument: "sim:BTC-USDT",
  instance: "ema",
  side: "sell",
  price: "50000.5",
  qty: "0.1",
  amount: "5000.05",
  fee: "2.5",
  feeAsset: "USDT",
  liquidity: "taker",
  time: TIME,
};

export const INSTANCE: InstanceView = {
  id: 1,
  name: "ema",
  strategy: "ema-cross",
  status: "running",
  params: { fast: 5 },
  markets: { main: { instrument: "sim:BTC-USDT", account: "paper", tf: "1s" } },
  problem: null,
  openOrders: 2,
  killed: false,
};

export const POSITION: PositionView = {
  account: "paper",
  instrument: "sim:BTC-USDT",
  leg: "net",
  qty: "-0.5",
  averageEntry: null,
  markPrice: "50000",
  realizedPnl: "-12.25",
  unrealizedPnl: "3",
  funding: "0",
  leverage: null,
  initialMargin: null,
  maintenanceMargin: null,
  asset: "USDT",
  instances: { ema: "-0.5" },
};

export const BALANCE: BalanceView = {
  account: "paper",
  asset: "USDT",
  total: "99987.75",
  locked: "500",
  free: "99487.75",
  unrealizedPnl: "0",
  venueTotal: null,
  byCause: { trade: "-12.25" },
};
export const ACCOUNT: AccountView = {
  id: 0,
  name: "paper",
  venue: "sim",
  mode: "paper",
  killed: false,
  ready: true,
  armed: false,
  live: null,
};

export const STATUS: StatusView = {
  version: "0.1.0",
  pid: 4242,
  dataDir: "/data",
  started: { iso: "", us: 0 },
  now: { iso: "", us: 61_000_000 },
  ready: true,
  notReady: [],
  killed: false,
  epoch: 3,
  engineRestarts: 0,
  record: 91,
  durableRecord: 92,
  input: 1_000,
  hash: "ab",
  accounts: 1,
  instruments: 5,
  instances: 2,
  openOrders: 4,
  providers: [
    {
      name: "sim",
      adapter: "sim",
      connected: true,
      reconnects: 0,
      frames: 12_345,
      setAside: 0,
      lastFrame: TIME,
      problem: null,
    },
  ],
  problems: [],
};

const DRY_RUN = {
  ...{ dryRun: true, ok: false, record: 91, notChecked: ["the venue's answer"] },
  checks: [
    { check: "risk", ok: false, code: "OrderQty", detail: "over maxOrderQty", hint: "place less" },
    { check: "form", ok: true, code: null, detail: "", hint: "" },
  ],
};

/** How the server answers instead of as usual. */
export interface Mood {
  accounts?: readonly AccountView[];
  /** Answers nothing to these paths. */
  silent?: boolean;
  refuse?: { status: number; code: string; detail: string; hint: string };
  garbage?: boolean;
  orders?: readonly OrderView[];
  logs?: Record<string, unknown>[];
}

export interface StandIn {
  readonly dataDir: string;
  readonly url: string;
  readonly asked: Asked[];
  readonly mood: Mood;
  stop(): void;
}

export function startStandIn(): StandIn {
  const asked: Asked[] = [];
  const mood: Mood = {};
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const url = new URL(request.url);
      const path = url.pathname.replace("/api/v1/", "") + url.search;
      const text = await request.text();
      const key = request.headers.get("idempotency-key");
      asked.push({ method: request.method, path, body: text === "" ? undefined : JSON.parse(text), key });
      if (request.headers.get("authorization") !== `Bearer ${TOKEN}`)
        return refusal(401, "Unauthorized", "no token", "");
      if (mood.silent === true) await Bun.sleep(60_000);
      if (mood.garbage === true) return new Response("<html>another program</html>");
      if (mood.refuse !== undefined) {
        const { status, code, detail, hint } = mood.refuse;
        return refusal(status, code, detail, hint);
      }
      return answer(request.method, url, mood);
    },
  });
  const dataDir = mkdtempSync(join(tmpdir(), "meltica-cli-"));
  const url = `http://127.0.0.1:${server.port}`;
  writeFileSync(join(dataDir, "token"), `${TOKEN}\n`, { mode: 0o600 });
  const file = { url, pid: process.pid, tokenFile: join(dataDir, "token") };
  writeFileSync(join(dataDir, "gateway.json"), JSON.stringify(file));
  return { dataDir, url, asked, mood, stop: () => void server.stop(true) };
}

function refusal(status: number, code: string, detail: string, hint: string): Response {
  const body = { type: "about:blank", title: code, status, code, detail, hint };
  return Response.json(body, { status, headers: { "content-type": "application/problem+json" } });
}

function answer(method: string, url: URL, mood: Mood): Response {
  const path = url.pathname.replace("/api/v1/", "");
  const page = (items: readonly unknown[]) => Response.json({ items, next: null, record: 91 });
  if (url.searchParams.get("dryRun") === "true") return Response.json(DRY_RUN);
  if (path === "orders/cancel-all") return Response.json({ record: 92, asked: 3 });
  if (method === "DELETE" && path.startsWith("instances")) return Response.json({ record: 92, id: 1, instance: null });
  if (/^instances(\/|$)/.test(path) && url.search !== "") return refusal(422, "BodyInvalid", "no such query", "");
  if (path === "orders" && method === "GET") return paged(mood.orders ?? [ORDER], url);
  if (/^orders(\/\d+)?$/.test(path)) return Response.json({ record: 92, id: 17, order: ORDER });
  if (path === "status") return Response.json(STATUS);
  if (path.startsWith("risk/")) return Response.json({ record: 92, risk: {} });
  if (method !== "GET" || path === "instances/ema") return Response.json({ record: 92, id: 1, instance: INSTANCE });
  if (path === "logs") return page(mood.logs ?? []);
  const lists: Record<string, readonly unknown[]> = {
    positions: [POSITION],
    balances: [BALANCE],
    executions: [EXECUTION],
    instances: [INSTANCE],
    accounts: mood.accounts ?? [ACCOUNT],
  };
  const rows = lists[path];
  return rows === undefined ? refusal(404, "NotFound", `there is no ${path}`, "check the id") : page(rows);
}

/** Two rows a page at most, so that following the cursor is seen. */
function paged(rows: readonly OrderView[], url: URL): Response {
  const from = Number(url.searchParams.get("cursor") ?? 0);
  const next = from + 2 < rows.length ? String(from + 2) : null;
  return Response.json({ items: rows.slice(from, from + 2), next, record: 91 });
}
