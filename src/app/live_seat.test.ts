/** A live account's seat at a venue that repeats what it was sent, and at one that answers without end: nothing of it goes on. */

import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { patient } from "../../test/support/patience.ts";
import type { Problem } from "../core/problem.ts";
import { RecordKind, TradingRecord } from "../model/record.ts";
import { OwnIds } from "../venue/wire/order_ids.ts";
import { defaultConfig } from "./config.ts";
import type { Config } from "./config_schema.ts";
import { LiveRig } from "./live.ts";
import { hidingSink, type LiveOpening, LiveSeat, PRIVATE_ANSWER_BYTES_MAX } from "./live_seat.ts";
import { LIVE_VENUES } from "./live_venues.ts";

const folder = mkdtempSync(join(tmpdir(), "meltica-seat-"));
const WORDS = { apiKey: "canary-name-of-the-key", secret: "canary-secret-itself", passphrase: "canary-passphrase" };
const refs = Object.fromEntries(
  Object.entries(WORDS).map(([part, word]) => {
    writeFileSync(join(folder, part), word, { mode: 0o600 });
    return [part, { file: join(folder, part) }];
  }),
);
let answer: (request: Request) => Response = () => new Response("{}");
const venue = Bun.serve({
  port: 0,
  fetch(request) {
    if (!request.url.includes("/public/time")) return answer(request);
    return Response.json({ code: "0", data: [{ ts: String(Date.now()) }], msg: "" });
  },
});
const seats: LiveSeat[] = [];
afterAll(async () => {
  for (const seat of seats) seat.stop();
  await venue.stop(true);
  rmSync(folder, { recursive: true, force: true });
});

interface Sat {
  readonly seat: LiveSeat;
  readonly problems: Problem[];
  readonly turn: () => void;
  readonly opening: LiveOpening;
  readonly config: Config;
}

function sit(): Sat {
  const base = defaultConfig(folder);
  const [paper] = Object.values(base.accounts) as [Config["accounts"][string]];
  const accounts = { desk: { ...paper, provider: "o", mode: "live" as const, ...refs } };
  const problems: Problem[] = [];
  const nowUs = () => Date.now() * 1_000;
  const url = `127.0.0.1:${venue.port}`;
  const urls = { restUrl: `http://${url}`, wsUrl: `ws://${url}`, privateUrl: `ws://${url}` };
  const host = { nowUs, isAllowed: true, isPrepared: () => false, isFunded: () => true, openOrders: () => undefined };
  const opening = {
    id: 0,
    name: "desk",
    provider: { adapter: "okx", environment: "production", symbols: ["BTC-USDT"], ...urls },
    budget: LIVE_VENUES["okx"]?.budget(),
    lane: { put: () => true },
    host: {
      ...host,
      assets: () => undefined,
      fund: () => undefined,
      problem: (found: Problem) => problems.push(found),
    },
    parts: {
      ids: new OwnIds(1, 1, () => undefined as never),
      instruments: { all: () => [], get: () => undefined },
      assetId: () => 0,
      poll: () => undefined,
    },
  } as unknown as LiveOpening;
  const config = { ...base, accounts } as Config;
  const seat = new LiveSeat(config, opening);
  seats.push(seat);
  seat.account?.start();
  return { seat, problems, turn: () => seat.account?.turn(nowUs()), opening, config };
}

async function until(is: () => boolean, turn: () => void): Promise<void> {
  for (const endMs = performance.now() + patient(10_000); !is() && performance.now() < endMs; await Bun.sleep(10))
    turn();
  expect(is()).toBe(true);
}

test("what the venue repeats of a key is in no problem, no check and no report", async () => {
  answer = ({ headers }) => {
    const said = `Invalid ${headers.get("ok-access-key")} ${headers.get("ok-access-passphrase")}`;
    return Response.json({ code: "50111", msg: said, data: [] }, { status: 401 });
  };
  const { seat, problems, turn } = sit();
  await until(() => seat.unfitWhy.includes("Invalid"), turn);
  await until(() => problems.some(({ detail }) => detail.includes("Invalid")), turn);
  const all = JSON.stringify([problems, seat.status(), seat.unfitWhy]);
  for (const word of Object.values(WORDS)) expect(all).not.toContain(word);
  const told: string[] = [];
  const sink = hidingSink({ put: ({ text }) => told.push(text) > 0 }, (text) => text.replace("canary", "[redacted]"));
  const record = new TradingRecord().reset(RecordKind.OrderRejected);
  for (const text of ["it is canary", "honest"]) expect(sink.put(Object.assign(record, { text }))).toBe(true);
  expect(told).toEqual(["it is [redacted]", "honest"]);
});

test("two accounts with one key, however each of them names it: the second has none", () => {
  const { opening, config, problems } = sit();
  const rig = new LiveRig({ ...config, accounts: { ...config.accounts, twin: config.accounts["desk"] } } as Config);
  expect(rig.open(opening)).toBeDefined();
  expect(rig.open({ ...opening, id: 1, name: "twin" })).toBeUndefined();
  expect([rig.placeOf(0) === "", rig.placeOf(1)]).toEqual([false, ""]);
  expect(rig.whyUnfit(1)).toContain("another account here has the same key");
  expect(problems.map(({ code }) => code)).toContain("KeyUnusable");
  rig.stop();
});

test("an answer beyond what private ones can be is not read to its end: the engine would stand still over it", async () => {
  answer = () => new Response("[".repeat(PRIVATE_ANSWER_BYTES_MAX + 1));
  const { seat, turn } = sit();
  await until(() => seat.unfitWhy.includes("more than"), turn);
});
