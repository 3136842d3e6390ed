/** A simulator as a process with resting orders, and a gateway with its watchdog: real processes, real signals, signed REST. */

import { createHmac } from "node:crypto";
import { lstatSync, mkdtempSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HEARTBEAT_FILE, HeartbeatPage } from "../../src/app/heartbeat_page.ts";
import { GatewayProcess, type Json, SOURCE_COMMAND } from "../e2e/gateway_process.testing.ts";

const GUARDED: readonly string[] = [process.execPath, join(import.meta.dir, "guarded_gateway.ts")];
const POLL_MS = 10;

/** Resting far from the market: they never fill. Two symbols of spot, one of USD-M, one conditional order. */
const SPOT = ["BTCUSDT", "ETHUSDT"] as const;
const PERP = "BTCUSDT";

export class VenueProcess {
  /** While it is counted again and again, some left is enough to know. */
  #isCounting = false;

  private constructor(
    readonly child: Bun.Subprocess<"ignore", "pipe", "inherit">,
    readonly url: string,
    readonly key: string,
    readonly secret: string,
  ) {}

  static async start(): Promise<VenueProcess> {
    const words = ["simulate", "--feed", "synthetic", "--venue", "binance-spot,binance-usdm", "--port", "0", "--json"];
    const child = Bun.spawn([...SOURCE_COMMAND, ...words], { stdin: "ignore", stdout: "pipe", stderr: "inherit" });
    let text = "";
    for await (const piece of child.stdout) {
      text += new TextDecoder().decode(piece);
      if (text.includes("\n")) break;
    }
    const { url, accounts } = JSON.parse(text.slice(0, text.indexOf("\n")));
    const [{ key, secret }] = accounts[0].keys;
    return new VenueProcess(child, url, key, secret);
  }

  async ask(method: string, path: string, params: Record<string, string> = {}): Promise<Json> {
    const text = new URLSearchParams({ timestamp: String(Date.now()), ...params }).toString();
    const signature = createHmac("sha256", this.secret).update(text).digest("hex");
    const headers = { "X-MBX-APIKEY": this.key };
    const answer = await fetch(`${this.url}${path}?${text}&signature=${signature}`, { method, headers });
    const body = await answer.json();
    if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(body)}`);
    return body;
  }

  /** Ten orders: three at each of two spot symbols, three of USD-M, one conditional. */
  async placeOrders(): Promise<void> {
    this.#isCounting = false;
    const limit = { side: "BUY", type: "LIMIT", timeInForce: "GTC" };
    for (let at = 0; at < 3; at++) {
      for (const symbol of SPOT) {
        const price = (await this.price(symbol)) * (0.97 - at / 100);
        await this.ask("POST", "/api/v3/order", { ...limit, symbol, quantity: "0.01", price: price.toFixed(1) });
      }
      const price = (await this.price(PERP)) * (0.97 - at / 100);
      await this.ask("POST", "/fapi/v1/order", { ...limit, symbol: PERP, quantity: "0.01", price: price.toFixed(1) });
    }
    const triggerPrice = ((await this.price(PERP)) * 0.9).toFixed(1);
    const stop = { algoType: "CONDITIONAL", side: "SELL", type: "STOP_MARKET", quantity: "0.01", triggerPrice };
    await this.ask("POST", "/fapi/v1/algoOrder", { symbol: PERP, ...stop });
  }

  async price(symbol: string): Promise<number> {
    const answer = await fetch(`${this.url}/api/v3/depth?symbol=${symbol}&limit=5`);
    return Number(((await answer.json()) as Json).bids[0][0]);
  }

  /** By the simulator's own books, which weigh nothing; of conditional orders by request, once the others have gone. */
  async openCount(): Promise<number> {
    const truth = (await (await fetch(`${this.url}/simulate/accounts/default`)).json()) as Json;
    const open = (Object.values(truth) as Json[]).reduce((sum, venue) => sum + (venue?.open ?? 0), 0);
    if (open > 0 && this.#isCounting) return open;
    return open + (await this.ask("GET", "/fapi/v1/openAlgoOrders", { symbol: PERP })).length;
  }

  async faults(shares: Record<string, number | string>): Promise<void> {
    await fetch(`${this.url}/simulate/faults`, { method: "POST", body: JSON.stringify(shares) });
  }

  /** Milliseconds until nothing is open; -1 = not within `mostMs`. */
  async untilNoneOpen(mostMs: number): Promise<number> {
    const begunMs = performance.now();
    this.#isCounting = true;
    for (;;) {
      if ((await this.openCount()) === 0) return performance.now() - begunMs;
      if (performance.now() - begunMs > mostMs) return -1;
      await Bun.sleep(POLL_MS);
    }
  }

  async stop(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.child.exited;
  }
}

export class GuardedGateway {
  readonly page: HeartbeatPage;

  private constructor(
    readonly gateway: GatewayProcess,
    readonly dataDir: string,
  ) {
    this.page = HeartbeatPage.map(join(dataDir, HEARTBEAT_FILE));
  }

  /** Until both beat. */
  static async start(venue: VenueProcess, dataDir = mkdtempSync(join(tmpdir(), "meltica-guard-"))) {
    const file = accountsFile(venue, dataDir);
    const gateway = await GatewayProcess.start(dataDir, { command: [...GUARDED, file] });
    const guarded = new GuardedGateway(gateway, dataDir);
    await gateway.until("both beat", async () => guarded.isWatched, 20_000);
    return guarded;
  }

  get isWatched(): boolean {
    return this.page.guards === this.page.epoch && this.page.watchdogBeats > 2 && this.page.engineBeats > 2;
  }

  get watchdogPid(): number {
    return this.page.watchdogPid;
  }

  isThere(pid: number): boolean {
    try {
      process.kill(pid, 0);
      return true;
    } catch {
      return false;
    }
  }

  /** Whether the watchdog has ended by itself within the time. */
  async watchdogEnds(pid: number, mostMs: number): Promise<boolean> {
    const endMs = performance.now() + mostMs;
    while (this.isThere(pid)) {
      if (performance.now() > endMs) return false;
      await Bun.sleep(POLL_MS);
    }
    return true;
  }

  async remove(): Promise<void> {
    if (this.gateway.isAlive) {
      process.kill(this.gateway.child.pid, "SIGCONT");
      await this.gateway.kill();
    }
    if (this.isThere(this.watchdogPid)) process.kill(this.watchdogPid, "SIGKILL");
    const link = join(this.dataDir, HEARTBEAT_FILE);
    if (lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() === true)
      rmSync(readlinkSync(link), { force: true });
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

function accountsFile(venue: VenueProcess, dir: string): string {
  const secretFile = join(dir, "venue.secret");
  writeFileSync(secretFile, `${venue.secret}\n`, { mode: 0o600 });
  const common = { restUrl: venue.url, apiKey: venue.key, scheme: "hmac-sha256", secretFile };
  const file = join(dir, "accounts.json");
  const accounts = [
    { name: "spot", adapter: "binance-spot", symbols: [...SPOT], ...common },
    { name: "perp", adapter: "binance-usdm", symbols: [PERP], ...common },
  ];
  writeFileSync(file, JSON.stringify(accounts));
  return file;
}
