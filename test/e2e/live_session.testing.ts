/**
 * A gateway trades with real orders at four simulated venues for a while, under faults, is killed (kill -9) in between, and is
 * stopped by `meltica kill`: what then differs from the venues' own books is told, and where a key was seen.
 */

import { join } from "node:path";
import { HEARTBEAT_FILE, HeartbeatPage } from "../../src/app/heartbeat_page.ts";
import { countsIn } from "../support/process_memory.ts";
import { GatewayProcess, type Json, SOURCE_COMMAND } from "./gateway_process.testing.ts";
import { BookWatch } from "./live_books.testing.ts";
import { CALM, Trouble } from "./live_faults.testing.ts";
import { SITES } from "./live_sites.testing.ts";
import { differences } from "./live_truth.testing.ts";
import { arm, LiveFolder, SECRETS, VenueProcess } from "./live_venue.testing.ts";

export interface SessionPlan {
  readonly seed: number;
  /** Of trading, in sum. */
  readonly seconds: number;
  /** How many times the process is killed meanwhile. */
  readonly kills: number;
}

/** Of one account at the end. */
export interface SiteRow {
  readonly account: string;
  /** Ours, and those that the venue has taken. */
  readonly orders: number;
  readonly placed: number;
  readonly fills: number;
  /** How often its valid books were looked at, and compared at an update that the venue stood at as well. */
  readonly books: number;
  readonly compared: number;
  readonly differences: number;
}

export interface SessionResult {
  readonly sites: readonly SiteRow[];
  /** By instance: its orders. */
  readonly byInstance: Readonly<Record<string, number>>;
  readonly denials: Readonly<Record<string, number>>;
  /** By venue and kind. */
  readonly faults: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** What befell all venues at once. */
  readonly troubles: Readonly<Record<string, number>>;
  /** From `meltica kill` until no venue has an open order. */
  readonly killMs: number;
  /** From then until ours and the venues' are equal. */
  readonly settledMs: number;
  /** Milliseconds of each start after a kill. */
  readonly startsMs: readonly number[];
  readonly differences: readonly string[];
  /** Files and answers in which a key stands. */
  readonly leaks: readonly string[];
  readonly countdownsFired: number;
}

const PERPS = new Set(
  SITES.flatMap(({ markets }) => markets.filter(({ isPerp }) => isPerp).map(({ instrument }) => instrument)),
);
/** Longer than the venues' windows of request weight: a sweep may have to wait for one to pass. */
const SETTLE_MS = 90_000;
/** All that answers without being told more. */
const ANSWERS = [
  "status",
  "accounts",
  "providers",
  "balances",
  "positions",
  "risk",
  "limits",
  "instances",
  "risk/limits",
];

export async function liveSession(plan: SessionPlan): Promise<SessionResult> {
  const venue = await VenueProcess.start(plan.seed);
  const folder = new LiveFolder(venue);
  const session = new Session(plan, venue, folder, await GatewayProcess.start(folder.dataDir, { args: folder.args }));
  // What went wrong once may not do so again: its journal and its log stay to be looked at.
  let isWrong = true;
  try {
    const result = await session.run();
    isWrong = result.differences.length > 0 || process.env["MELTICA_KEEP"] !== undefined;
    return result;
  } catch (error) {
    throw new Error(`seed ${plan.seed}: ${(error as Error).message}\n${session.gateway.log.slice(-1_500)}`);
  } finally {
    if (session.gateway.isAlive) await session.gateway.kill();
    await venue.stop();
    if (!isWrong) folder.remove();
    else process.stdout.write(`${folder.path} ${session.gateway.logFile}\n`);
  }
}

class Session {
  readonly #logs: string[] = [];
  readonly #startsMs: number[] = [];

  constructor(
    readonly plan: SessionPlan,
    readonly venue: VenueProcess,
    readonly folder: LiveFolder,
    public gateway: GatewayProcess,
  ) {}

  async run(): Promise<SessionResult> {
    const { venue, folder, plan } = this;
    await arm(this.gateway);
    const books = new BookWatch(() => this.gateway, venue.url);
    const trouble = new Trouble(venue, plan.seconds * 1_000);
    await this.#trade();
    await Promise.all([trouble.stop(), books.stop()]);
    const faults = await venue.faultCounts();
    const { gateway } = this;
    const killMs = await killByHand(gateway, venue, folder);
    await venue.faults(CALM);
    const begunMs = performance.now();
    const found = await settled(gateway, venue);
    const settledMs = Math.round(performance.now() - begunMs);
    found.push(...books.wrong);
    if (found.length === 0) found.push(...(await flatten(gateway, venue, folder)));
    const inMemory = memoryLeaks(gateway, folder);
    const leaks = [
      ...inMemory,
      ...(await leaksOf(gateway)),
      ...folder.leaks(),
      ...leaksIn("log", [...this.#logs, gateway.log]),
    ];
    const orders = await gateway.all("/api/v1/orders");
    const truth = await venue.truth();
    const isDenied = ({ state }: Json) => state === "denied";
    return {
      sites: SITES.map(({ account, markets }) => {
        const sum = (counts: ReadonlyMap<string, number>) =>
          markets.reduce((all, { instrument }) => all + (counts.get(instrument) ?? 0), 0);
        return {
          account,
          orders: orders.filter((row) => row.account === account).length,
          placed: truth[account].orders.length,
          fills: truth[account].fills.length,
          books: sum(books.sampled),
          compared: sum(books.compared),
          differences: found.filter((text) => text.startsWith(`${account}:`)).length,
        };
      }),
      byInstance: counted(orders, ({ instance }) => instance),
      denials: counted(orders.filter(isDenied), ({ reason }) => reason?.split(":")[0]),
      faults,
      troubles: trouble.counts,
      killMs,
      settledMs,
      startsMs: this.#startsMs,
      differences: found,
      leaks: [...leaks, ...(await stopped(gateway, folder))],
      countdownsFired: Object.values(truth).reduce((sum, { countdownsFired }) => sum + countdownsFired, 0),
    };
  }

  async #trade(): Promise<void> {
    const { seconds, kills } = this.plan;
    const endMs = performance.now() + seconds * 1_000;
    for (let kill = 0; kill < kills; kill++) {
      await Bun.sleep((endMs - performance.now()) / (kills - kill + 1));
      await this.gateway.kill();
      this.#logs.push(this.gateway.log);
      this.gateway = await GatewayProcess.start(this.folder.dataDir, { args: this.folder.args });
      this.#startsMs.push(Math.round(this.gateway.startMs));
    }
    await Bun.sleep(endMs - performance.now());
  }
}

/** The verb, as a person in trouble uses it, while everything still goes wrong. */
async function killByHand(gateway: GatewayProcess, venue: VenueProcess, folder: LiveFolder): Promise<number> {
  const begunMs = performance.now();
  await command(folder, "kill");
  await gateway.until(
    "no open order at any venue after the kill",
    async () => Object.values(await venue.truth()).every(({ open }) => open === 0),
    SETTLE_MS,
  );
  return Math.round(performance.now() - begunMs);
}

/** Contracts are closed by hand: flat, their cash must be the venue's to the last unit as well. */
async function flatten(gateway: GatewayProcess, venue: VenueProcess, folder: LiveFolder): Promise<string[]> {
  const { items } = await gateway.get("/api/v1/instances");
  for (const { id } of items) await changed(gateway, `instances/${id}/stop`, {});
  await command(folder, "resume");
  const refusals: string[] = [];
  // A market order takes what is there: what it leaves, and what risk has denied for now, is tried again.
  for (const endMs = performance.now() + SETTLE_MS; performance.now() < endMs; await Bun.sleep(500)) {
    const open = (await gateway.all("/api/v1/positions")).filter((row) => PERPS.has(row.instrument) && row.qty !== "0");
    if (open.length === 0) {
      // What a venue has rounded away of profits is taken over by the next look at its balances.
      for (const { account } of SITES) await changed(gateway, "reconcile", { account, why: "the end" });
      return settled(gateway, venue, true);
    }
    for (const { account, instrument, qty } of open)
      refusals.push(await closeOne(gateway, { account, instrument }, qty));
  }
  return [`not closed: ${refusals.slice(-5).join("; ")}`];
}

/** Why not, in words; "" when it was placed. */
async function closeOne(gateway: GatewayProcess, of: Json, qty: string): Promise<string> {
  const side = qty.startsWith("-") ? "buy" : "sell";
  const size = { side, type: "market", qty: qty.replace("-", ""), reduceOnly: true };
  const body = { ...of, ...size, why: "the end" };
  const answer = await gateway.ask("POST", "/api/v1/orders", body, { "idempotency-key": crypto.randomUUID() });
  return answer.status < 300 ? "" : answer.text;
}

async function changed(gateway: GatewayProcess, path: string, body: unknown): Promise<void> {
  const answer = await gateway.ask("POST", `/api/v1/${path}`, body, { "idempotency-key": crypto.randomUUID() });
  if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${answer.text}`);
}

async function command(folder: LiveFolder, verb: "kill" | "resume"): Promise<void> {
  const words = [...SOURCE_COMMAND, verb, "--why", "test", "--data-dir", folder.dataDir, "--json"];
  const child = Bun.spawn(words, { cwd: folder.path, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  if ((await child.exited) !== 0) throw new Error(`${verb}: ${await new Response(child.stderr).text()}`);
}

/** What still differs when both have come to rest, or when that takes too long. */
async function settled(gateway: GatewayProcess, venue: VenueProcess, isFlat = false): Promise<string[]> {
  const endMs = performance.now() + SETTLE_MS;
  for (;;) {
    const open = (await gateway.all("/api/v1/orders")).filter(({ terminal }) => !terminal);
    const found = [
      ...open.map((row) => `still open: ${JSON.stringify(row)}`),
      ...(await differences(gateway, venue, isFlat)),
    ];
    if (found.length === 0) return found;
    if (performance.now() > endMs) return [...found, ...(await figuresOf(gateway))];
    await Bun.sleep(200);
  }
}

/** What the gateways were doing, for whoever looks for the cause. */
async function figuresOf(gateway: GatewayProcess): Promise<string[]> {
  const { items } = await gateway.get("/api/v1/accounts");
  return items.map(({ name, live }: Json) => `account ${name}: ${JSON.stringify({ ...live, checks: undefined })}`);
}

async function leaksOf(gateway: GatewayProcess): Promise<string[]> {
  const found: string[] = [];
  for (const path of [...ANSWERS.map((name) => `/api/v1/${name}`), "/metrics", "/readyz"]) {
    found.push(...leaksIn(path, [(await gateway.ask("GET", path)).text]));
  }
  return found;
}

/** What core files of the gateway and of its watchdog would tell of the secret; the key's name is sent with each request. */
function memoryLeaks({ child }: GatewayProcess, { dataDir }: LiveFolder): string[] {
  if (process.platform !== "linux") return [];
  const { pid } = HeartbeatPage.map(join(dataDir, HEARTBEAT_FILE)).watchdog();
  const processes = { "the gateway": child.pid, "the watchdog": pid };
  return Object.entries(processes).flatMap(([name, id]) => {
    const [apiKey = 0, secret = 0] = countsIn(id, [SECRETS.apiKey, SECRETS.secret]);
    if (apiKey === 0) return [`the memory of ${name}, or it was not read: not even the key's name is in it`];
    return secret === 0 ? [] : [`the memory of ${name}`];
  });
}

function leaksIn(name: string, texts: readonly string[]): string[] {
  return texts.some((text) => Object.values(SECRETS).some((word) => text.includes(word))) ? [name] : [];
}

/** An orderly end writes as well. */
async function stopped(gateway: GatewayProcess, folder: LiveFolder): Promise<string[]> {
  const code = await gateway.terminate();
  if (code !== 0) throw new Error(`it ended with ${code}`);
  return [...folder.leaks(), ...leaksIn("log", [gateway.log])];
}

function counted(rows: readonly Json[], nameOf: (row: Json) => string | null): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const row of rows) {
    const name = nameOf(row) ?? "none";
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** A table of the accounts, then what befell them. */
export function storyOf(result: SessionResult): string {
  const { sites, byInstance, denials, faults, troubles, killMs, settledMs, startsMs } = result;
  const heads = ["account", "orders", "placed", "fills", "books", "compared", "differences"];
  const rows = sites.map((site) => Object.values(site));
  const table = [heads, ...rows].map((row) => `  ${row.map((cell) => String(cell).padStart(11)).join(" ")}`);
  const kinds = Object.entries(faults).map(([venue, counts]) => `  ${venue.padEnd(12)} ${wordsOf(counts)}`);
  return [
    ...table,
    ...kinds,
    `  all venues   ${wordsOf(troubles)}; ${startsMs.length} kills, up again after ${startsMs.join(" ")} ms`,
    `  orders of ${wordsOf(byInstance)}; denied ${wordsOf(denials)}`,
    `  all cancelled ${killMs} ms after the kill, equal ${settledMs} ms later`,
    "",
  ].join("\n");
}

function wordsOf(counts: Readonly<Record<string, number>>): string {
  const words = Object.entries(counts).map(([name, count]) => `${name} ${count}`);
  return words.length === 0 ? "nothing" : words.join(", ");
}
