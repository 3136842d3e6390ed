/**
 * A gateway trades with real orders at the simulated venue for a while, under faults, is killed (kill -9) in between, and is
 * stopped by `meltica kill`: what then differs from the venue's own books is told, and where a key was seen.
 */

import { join } from "node:path";
import { HEARTBEAT_FILE, HeartbeatPage } from "../../src/app/heartbeat_page.ts";
import { countsIn } from "../support/process_memory.ts";
import { GatewayProcess, type Json, SOURCE_COMMAND } from "./gateway_process.testing.ts";
import { arm, differences, LiveFolder, SECRETS, VenueProcess } from "./live_venue.testing.ts";

export interface SessionPlan {
  readonly seed: number;
  /** Of trading, in sum. */
  readonly seconds: number;
  /** How many times the process is killed meanwhile. */
  readonly kills: number;
}

export interface SessionResult {
  readonly orders: number;
  readonly fills: number;
  /** By instance: its orders. */
  readonly byInstance: Readonly<Record<string, number>>;
  readonly denials: Readonly<Record<string, number>>;
  readonly faults: Readonly<Record<string, number>>;
  /** From `meltica kill` until the venue has no open order. */
  readonly killMs: number;
  /** From then until ours and the venue's are equal. */
  readonly settledMs: number;
  readonly differences: readonly string[];
  /** Files and answers in which a key stands. */
  readonly leaks: readonly string[];
  readonly countdownsFired: number;
}

const FAULTS = {
  "lost-ack": 0.03,
  "late-ack": 0.03,
  "failed-ack": 0.03,
  "report-drop": 0.03,
  "report-duplicate": 0.03,
  "report-reorder": 0.05,
  "report-delay": 0.05,
  "private-cut": 0.002,
  "http-5xx": 0.01,
  "late-ack-ms": 700,
};
const CALM = Object.fromEntries(Object.keys(FAULTS).map((name) => [name, name === "late-ack-ms" ? 1_000 : 0]));
const SETTLE_MS = 30_000;
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

export async function liveSession({ seed, seconds, kills }: SessionPlan): Promise<SessionResult> {
  const venue = await VenueProcess.start(seed);
  const folder = new LiveFolder(venue);
  let gateway = await GatewayProcess.start(folder.dataDir, { args: folder.args });
  const logs: string[] = [];
  // What went wrong once may not do so again: its journal and its log stay to be looked at.
  let isWrong = true;
  try {
    await arm(gateway);
    await venue.faults(FAULTS);
    const endMs = performance.now() + seconds * 1_000;
    for (let kill = 0; kill < kills; kill++) {
      await Bun.sleep((endMs - performance.now()) / (kills - kill + 1));
      await gateway.kill();
      logs.push(gateway.log);
      gateway = await GatewayProcess.start(folder.dataDir, { args: folder.args });
    }
    await Bun.sleep(endMs - performance.now());
    const faults = await venue.faultCounts();
    const killMs = await killByHand(gateway, venue, folder);
    await venue.faults(CALM);
    const begunMs = performance.now();
    const found = await settled(gateway, venue);
    const settledMs = Math.round(performance.now() - begunMs);
    if (found.length === 0) found.push(...(await flatten(gateway, venue, folder)));
    const inMemory = memoryLeaks(gateway, folder);
    const leaks = [
      ...inMemory,
      ...(await leaksOf(gateway)),
      ...folder.leaks(),
      ...leaksIn("log", [...logs, gateway.log]),
    ];
    const orders = await gateway.all("/api/v1/orders");
    const truth = await venue.truth();
    isWrong = found.length > 0 || process.env["MELTICA_KEEP"] !== undefined;
    return {
      orders: orders.length,
      fills: (await gateway.all("/api/v1/executions")).length,
      byInstance: counted(orders, ({ instance }) => instance),
      denials: counted(
        orders.filter(({ state }) => state === "denied"),
        ({ reason }) => reason,
      ),
      faults,
      killMs,
      settledMs,
      differences: found,
      leaks: [...leaks, ...(await stopped(gateway, folder))],
      countdownsFired: truth["binance-usdm"].countdownsFired,
    };
  } catch (error) {
    throw new Error(`seed ${seed}: ${(error as Error).message}\n${gateway.log.slice(-1_500)}`);
  } finally {
    if (gateway.isAlive) await gateway.kill();
    await venue.stop();
    if (!isWrong) folder.remove();
    else process.stdout.write(`${folder.path} ${gateway.logFile}\n`);
  }
}

/** The verb, as a person in trouble uses it, while everything still goes wrong. */
async function killByHand(gateway: GatewayProcess, venue: VenueProcess, folder: LiveFolder): Promise<number> {
  const begunMs = performance.now();
  await command(folder, "kill");
  await gateway.until(
    "no open order at the venue after the kill",
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
    const open = (await gateway.all("/api/v1/positions")).filter((row) => row.account === "perp" && row.qty !== "0");
    if (open.length === 0) {
      // What the venue has rounded away of profits is taken over by the next look at its balances.
      await changed(gateway, "reconcile", { account: "perp", why: "the end" });
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

export function storyOf(result: SessionResult): string {
  const { orders, fills, byInstance, denials, faults, killMs, settledMs } = result;
  const struck = Object.fromEntries(Object.entries(faults).filter(([, count]) => count > 0));
  return (
    `  ${orders} orders ${JSON.stringify(byInstance)}, ${fills} fills, denied ${JSON.stringify(denials)}, ` +
    `faults ${JSON.stringify(struck)}; all cancelled ${killMs} ms after the kill, equal ${settledMs} ms later\n`
  );
}
