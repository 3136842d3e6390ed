/** A venue of its own process with two accounts, a configuration that trades there with real orders, and what both say. */

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endWatchdog } from "../../src/app/heartbeat_page.testing.ts";
import { type GatewayProcess, type Json, SOURCE_COMMAND } from "./gateway_process.testing.ts";

/** Texts that must never be seen anywhere: nobody writes such words by chance. */
export const SECRETS = {
  apiKey: "PublicNameOfTheKey7f3a91",
  secret: "SecretOfTheKey-c0ffee-5d1b2e8a4497",
} as const;

export const ACCOUNT = "desk";
const SPOT_ASSETS: Readonly<Record<string, string>> = { USDT: "200000", BTC: "2", ETH: "20", BNB: "5" };

/** `meltica simulate` as users start it. */
export class VenueProcess {
  private constructor(
    readonly child: Bun.Subprocess<"ignore", "pipe", Bun.BunFile>,
    readonly url: string,
    readonly wsUrl: string,
    readonly folder: string,
  ) {}

  static async start(seed: number, permissions: readonly string[] = ["trade"]): Promise<VenueProcess> {
    const folder = mkdtempSync(join(tmpdir(), "meltica-venue-"));
    const accounts = join(folder, "accounts.json");
    const keys = [{ key: SECRETS.apiKey, secret: SECRETS.secret, permissions }];
    writeFileSync(accounts, JSON.stringify([{ name: ACCOUNT, keys, balances: SPOT_ASSETS }]));
    const options = ["--feed", "synthetic", "--venue", "binance-spot,binance-usdm", "--port", "0", "--json"];
    const words = [...SOURCE_COMMAND, "simulate", ...options, "--accounts", accounts, "--seed", String(seed)];
    const err = Bun.file(join(folder, "err"));
    const child = Bun.spawn(words, { cwd: folder, stdin: "ignore", stdout: "pipe", stderr: err });
    const reader = child.stdout.getReader();
    let text = "";
    while (!text.includes("\n")) {
      const { value, done } = await reader.read();
      if (done) throw new Error(`the venue ended: ${readFileSync(join(folder, "err"), "utf8")}`);
      text += new TextDecoder().decode(value);
    }
    reader.releaseLock();
    const { url, wsUrl } = JSON.parse(text.split("\n")[0] as string);
    return new VenueProcess(child, url, wsUrl, folder);
  }

  async stop(): Promise<void> {
    this.child.kill("SIGTERM");
    await this.child.exited;
    rmSync(this.folder, { recursive: true, force: true });
  }

  async truth(): Promise<Record<"binance-spot" | "binance-usdm", Json>> {
    return (await fetch(`${this.url}/_sim/accounts/${ACCOUNT}`)).json() as never;
  }

  async faults(shares: Readonly<Record<string, unknown>>): Promise<void> {
    const answer = await fetch(`${this.url}/simulate/faults`, { method: "POST", body: JSON.stringify(shares) });
    if (!answer.ok) throw new Error(await answer.text());
  }

  /** How often each fault has struck. */
  async faultCounts(): Promise<Record<string, number>> {
    return ((await (await fetch(`${this.url}/simulate/status`)).json()) as Json).faults;
  }
}

/** Files of a gateway that trades at `venue`: its data directory, its key, its configuration. */
export class LiveFolder {
  readonly path = mkdtempSync(join(tmpdir(), "meltica-live-"));
  readonly dataDir = join(this.path, "data");
  readonly configFile = join(this.path, "meltica.yaml");

  constructor(venue: VenueProcess, change: (config: Json) => void = () => {}) {
    mkdirSync(join(this.path, "keys"));
    const secretFile = join(this.path, "keys", "secret");
    writeFileSync(secretFile, `${SECRETS.secret}\n`, { mode: 0o600 });
    writeFileSync(join(this.path, "keys", "name"), SECRETS.apiKey, { mode: 0o600 });
    const config = liveConfig(venue);
    change(config);
    writeFileSync(this.configFile, JSON.stringify(config));
  }

  get args(): string[] {
    return ["--config", this.configFile];
  }

  /** Files under the folder that hold one of the secrets, apart from those in which they belong. */
  leaks(): string[] {
    const words = Object.values(SECRETS).map((word) => Buffer.from(word));
    const files = readdirSync(this.path, { recursive: true, encoding: "utf8" }).filter((file) => {
      return !file.startsWith("keys/") && statSync(join(this.path, file)).isFile();
    });
    return files.filter((file) => {
      const bytes = readFileSync(join(this.path, file));
      return words.some((word) => bytes.includes(word));
    });
  }

  /** Also the watchdog of a gateway that was killed: it would look for the venue for an hour. */
  remove(): void {
    endWatchdog(this.dataDir);
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** Market-making on spot and on USD-M, and a strategy that crosses the spread on each. */
function liveConfig({ url: restUrl, wsUrl }: VenueProcess): Json {
  const keys = { apiKey: { file: "keys/name" }, secret: { file: "keys/secret" } };
  const market = (instrument: string, account: string) => ({ main: { instrument, account, tf: "1s" } });
  const maker = { strategy: "market-making", params: { size: 0.01, spreadBps: 0.2, moveBps: 0.2, maxInventory: 0.2 } };
  const taker = { strategy: "ema-cross", params: { fast: 2, slow: 4, size: 0.02 } };
  const names = ["binance:BTC-USDT", "binance:ETH-USDT", "binance:BTC-USDT-PERP", "binance:ETH-USDT-PERP"];
  const [btc, eth, btcPerp, ethPerp] = names as [string, string, string, string];
  const urls = { wsUrl, restUrl, walletUrl: restUrl };
  return {
    live: true,
    providers: {
      spot: { adapter: "binance-spot", symbols: ["BTCUSDT", "ETHUSDT"], ...urls, privateUrl: `${wsUrl}/ws-api/v3` },
      usdm: { adapter: "binance-usdm", symbols: ["BTCUSDT", "ETHUSDT"], ...urls, privateUrl: `${wsUrl}/private` },
    },
    accounts: {
      spot: { provider: "spot", mode: "live", ...keys },
      perp: { provider: "usdm", mode: "live", ...keys },
    },
    limits: [firmLimits(names), ...names.map(instrumentLimits)],
    instances: [
      { name: "spot-maker", ...maker, markets: market(btc, "spot") },
      { name: "spot-taker", ...taker, markets: market(eth, "spot") },
      { name: "perp-maker", ...maker, markets: market(btcPerp, "perp") },
      { name: "perp-taker", ...taker, markets: market(ethPerp, "perp") },
    ],
  };
}

function firmLimits(instruments: readonly string[]): Json {
  return {
    scope: "firm",
    maxOrderValue: "100000",
    collarBps: 500,
    referenceAgeUsMax: 5_000_000,
    newOrders: { count: 100, windowUs: 1_000_000 },
    cancels: { count: 200, windowUs: 1_000_000 },
    maxOpenOrders: 200,
    band: { bps: 500, windowUs: 10_000_000 },
    slippageBps: 500,
    duplicateUs: 1_000,
    selfMatch: "account",
    maxGrossValue: "2000000",
    minFreeBalance: "100",
    maxDailyLoss: "100000",
    executions: { count: 20_000, windowUs: 3_600_000_000 },
    refusals: { count: 10_000, windowUs: 60_000_000 },
    instruments,
  };
}

function instrumentLimits(key: string): Json {
  const isPerp = key.endsWith("PERP");
  const most = key.includes("BTC") ? "4" : "40";
  return { scope: "instrument", key, maxOrderQty: most, maxLongPosition: most, maxShortPosition: isPerp ? most : "0" };
}

export const LIVE_ACCOUNTS = ["spot", "perp"] as const;

/** As the account's owner would: once its checks are passed, by name. */
export async function arm(gateway: GatewayProcess): Promise<void> {
  for (const account of LIVE_ACCOUNTS) {
    await untilFit(gateway, account);
    const body = { account, armed: true, confirm: account, by: "tester", why: "test" };
    const answer = await gateway.ask("POST", "/api/v1/risk/arm", body, { "idempotency-key": crypto.randomUUID() });
    if (answer.status !== 200) throw new Error(`arming ${account}: ${answer.status} ${answer.text}`);
  }
}

export function untilFit(gateway: GatewayProcess, account: string): Promise<void> {
  return gateway.until(`account ${account} fit`, async () => {
    const { items: rows } = await gateway.get("/api/v1/accounts");
    return rows.find((row: Json) => row.name === account)?.live?.fit === true;
  });
}

/**
 * What the gateway and the venue hold apart, in words; both are asked when nothing is on its way. What open contracts have
 * realised so far depends on the order in which fills were counted: their cash is compared when they are flat.
 */
export async function differences(gateway: GatewayProcess, venue: VenueProcess, isFlat = false): Promise<string[]> {
  const truth = await venue.truth();
  const found: string[] = [];
  const compare = (what: string, ours: string, theirs: string) => {
    if (ours !== theirs) found.push(`${what}: ours ${ours}, the venue's ${theirs}`);
  };
  const balances = await gateway.all("/api/v1/balances");
  for (const [account, name] of [
    ["spot", "binance-spot"],
    ["perp", "binance-usdm"],
  ] as const) {
    const isMoving = truth[name].positions.some((row: Json) => row.qty !== "0");
    if (isFlat && isMoving) found.push(`${account} is not flat`);
    for (const [asset, { free, locked }] of Object.entries<Json>(truth[name].balances)) {
      if (isMoving && asset === "USDT") continue;
      const ours = balances.find((row) => row.account === account && row.asset === asset)?.total ?? "0";
      compare(`${account} ${asset}`, ours, sumText(free, locked));
    }
  }
  const positions = (await gateway.all("/api/v1/positions")).filter((row) => row.account === "perp");
  for (const symbol of ["BTCUSDT", "ETHUSDT"]) {
    const name = `binance:${symbol.slice(0, 3)}-USDT-PERP`;
    const theirs = (truth["binance-usdm"].positions as Json[]).find((row: Json) => row.symbol === symbol)?.qty ?? "0";
    compare(name, positions.find((row) => row.instrument === name)?.qty ?? "0", theirs);
  }
  return [...found, ...(await orderDifferences(gateway, truth))];
}

/** Orders and fills, one by one: what we know of is what the venue has, and the venue has nothing twice. */
async function orderDifferences(gateway: GatewayProcess, truth: Record<string, Json>): Promise<string[]> {
  const found: string[] = [];
  const theirs = new Map<string, Json>();
  for (const { orders } of Object.values(truth)) {
    for (const order of orders as Json[]) {
      if (theirs.has(order.clientId)) found.push(`${order.clientId} was placed twice`);
      theirs.set(order.clientId, order);
    }
  }
  const ours = new Map((await gateway.all("/api/v1/orders")).map((row) => [row.clientOrderId as string, row]));
  for (const [id, order] of theirs) {
    const mine = ours.get(id);
    if (mine === undefined) found.push(`the venue's ${id} is not known here`);
    else if (mine.filledQty !== order.filledQty)
      found.push(`${id}: filled ${mine.filledQty}, there ${order.filledQty}`);
  }
  for (const [id, row] of ours) if (Number(row.filledQty) > 0 && !theirs.has(id)) found.push(`${id} is only ours`);
  const fills = Object.values(truth).reduce((sum, { fills: rows }) => sum + rows.length, 0);
  const executions = (await gateway.all("/api/v1/executions")).length;
  if (fills !== executions) found.push(`${executions} executions, the venue has ${fills}`);
  return found;
}

function scaled(text: string): bigint {
  const [whole = "0", fraction = ""] = text.replace("-", "").split(".");
  return BigInt(whole + fraction.padEnd(18, "0")) * (text.startsWith("-") ? -1n : 1n);
}

/** Exact, of two plain decimals. */
function sumText(a: string, b: string): string {
  const sum = scaled(a) + scaled(b);
  const digits = (sum < 0n ? -sum : sum).toString().padStart(19, "0");
  const fraction = digits.slice(-18).replace(/0+$/, "");
  return `${sum < 0n ? "-" : ""}${digits.slice(0, -18)}${fraction === "" ? "" : `.${fraction}`}`;
}
