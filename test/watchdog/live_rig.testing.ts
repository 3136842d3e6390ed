/** The executable with live accounts whose strategies leave orders resting at the venue, and that loop for ever when asked to. */

import { rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { HEARTBEAT_FILE, HeartbeatPage } from "../../src/app/heartbeat_page.ts";
import { GatewayProcess, type Json, SOURCE_COMMAND } from "../e2e/gateway_process.testing.ts";
import { SITES } from "../e2e/live_sites.testing.ts";
import { arm, LiveFolder, type VenueProcess } from "../e2e/live_venue.testing.ts";

const POLL_MS = 10;
const EACH = 3;
const MARKETS = SITES.flatMap(({ account, markets }) => markets.map(({ instrument }) => ({ account, instrument })));
export const LIVE_ORDERS = EACH * MARKETS.length;

/** At four venues; Bybit's two categories have an account each. */
export const LIVE_ACCOUNTS: readonly string[] = SITES.map(({ account }) => account);
/** By account: client order ids of what was open at its venue. */
export type OpenThere = Readonly<Record<string, readonly string[]>>;

export function ordersOf(account: string): number {
  return EACH * MARKETS.filter((market) => market.account === account).length;
}

export class LiveGuarded {
  readonly page: HeartbeatPage;
  readonly #trap: string;
  readonly #wish: string;

  private constructor(
    readonly venue: VenueProcess,
    readonly folder: LiveFolder,
    readonly gateway: GatewayProcess,
  ) {
    this.page = HeartbeatPage.map(join(folder.dataDir, HEARTBEAT_FILE));
    this.#trap = trapOf(folder);
    this.#wish = wishOf(folder);
  }

  /**
   * Until all accounts are armed, everything (`orders`) rests at the venue, and the watchdog watches. What is denied or
   * cancelled on the way there is asked for again; what is cancelled later is not. `meanwhile`: while it comes to rest.
   */
  static async start(
    venue: VenueProcess,
    orders = LIVE_ORDERS,
    change?: (config: Json) => void,
    meanwhile?: (guarded: LiveGuarded) => Promise<void>,
  ): Promise<LiveGuarded> {
    const folder = new LiveFolder(venue, (config) => {
      config.instances = MARKETS.map(({ instrument, account }, at) => {
        return { name: `rests-${at}`, strategy: "./resting.js", markets: { main: { instrument, account } } };
      });
      change?.(config);
    });
    writeFileSync(join(folder.path, "resting.js"), restingStrategy(trapOf(folder), wishOf(folder)));
    const gateway = await GatewayProcess.start(folder.dataDir, { command: gatewayCommand(), args: folder.args });
    const guarded = new LiveGuarded(venue, folder, gateway);
    try {
      await arm(gateway);
      const isResting = async () => guarded.isWatched && countOf(await guarded.openThere()) === orders;
      writeFileSync(guarded.#wish, "");
      await meanwhile?.(guarded);
      const settles = async () => {
        if (!(await isResting())) return false;
        rmSync(guarded.#wish);
        if (await isResting()) return true;
        writeFileSync(guarded.#wish, ""); // A watchdog that awoke just now has cancelled some.
        return false;
      };
      await gateway.until("everything rests at the venue", settles, 30_000);
      return guarded;
    } catch (error) {
      process.stderr.write(`${gateway.log.slice(-4_000)}\n`);
      await guarded.remove();
      throw error;
    }
  }

  get isWatched(): boolean {
    return this.page.guards === this.page.epoch && this.page.watchdogBeats > 2;
  }

  async openThere(): Promise<OpenThere> {
    const truth = await this.venue.truth();
    const of = (name: string) =>
      (truth[name].orders as Json[]).filter(isOpen).map(({ clientId }) => clientId as string);
    return Object.fromEntries(LIVE_ACCOUNTS.map((name) => [name, of(name)]));
  }

  stop(): void {
    process.kill(this.gateway.child.pid, "SIGSTOP");
  }

  go(): void {
    process.kill(this.gateway.child.pid, "SIGCONT");
  }

  /** An endless loop in a handler of one strategy; the others, and those of the next engine, do not fall into it. */
  loop(): void {
    writeFileSync(this.#trap, "");
    let beats = this.page.engineBeats;
    let sinceMs = performance.now();
    const timer = setInterval(() => {
      if (this.page.engineBeats !== beats) [beats, sinceMs] = [this.page.engineBeats, performance.now()];
      if (performance.now() - sinceMs < 150) return;
      rmSync(this.#trap, { force: true });
      clearInterval(timer);
    }, 5);
  }

  /** Milliseconds until none of these orders is open, by account; -1 = not within `mostMs`. */
  async untilGone(open: OpenThere, mostMs: number): Promise<Record<string, number>> {
    const begunMs = performance.now();
    const took: Record<string, number> = Object.fromEntries(LIVE_ACCOUNTS.map((name) => [name, -1]));
    for (;;) {
      const now = await this.openThere();
      const ms = Math.round(performance.now() - begunMs);
      for (const name of LIVE_ACCOUNTS) {
        const isGone = !open[name]?.some((id) => now[name]?.includes(id));
        if ((took[name] as number) < 0 && isGone) took[name] = ms;
      }
      if (ms > mostMs || Object.values(took).every((each) => each >= 0)) return took;
      await Bun.sleep(POLL_MS);
    }
  }

  /** The engine that goes on has heard of every cancel that it did not send. */
  async untilKnown(open: OpenThere, mostMs: number): Promise<void> {
    const ids = new Set(Object.values(open).flat());
    const isKnown = async () => {
      const rows = (await this.gateway.all("/api/v1/orders")).filter(({ clientOrderId }) => ids.has(clientOrderId));
      return rows.length === ids.size && rows.every(({ state }) => state === "canceled");
    };
    await this.gateway.until("the engine knows that its orders were canceled", isKnown, mostMs);
  }

  async remove(): Promise<void> {
    if (this.gateway.isAlive) {
      this.go();
      await this.gateway.kill();
    }
    this.folder.remove();
  }
}

/** From source; `--exe PATH`: the built executable. */
function gatewayCommand(): readonly string[] {
  const at = process.argv.indexOf("--exe");
  return at < 0 ? SOURCE_COMMAND : [resolve(process.argv[at + 1] as string)];
}

export function countOf(open: OpenThere): number {
  return Object.values(open).flat().length;
}

function isOpen({ status }: Json): boolean {
  return status === "open" || status === "part-filled" || status === "waiting";
}

function trapOf({ path }: LiveFolder): string {
  return join(path, "loop");
}

/** While this file is there, strategies see to it that their orders rest. */
function wishOf({ path }: LiveFolder): string {
  return join(path, "wish");
}

/** JavaScript: a strategy in TypeScript may not even know of files. */
function restingStrategy(trap: string, wish: string): string {
  return `
import { existsSync } from "node:fs";
import { strategy } from "meltica";

export default strategy(
  { name: "resting", description: "Bids far below the market.", params: {}, markets: { main: { tf: "1m" } } },
  ({ main }) => ({
    onQuote() {
      if (existsSync(${JSON.stringify(trap)})) for (;;);
      const { length } = main.orders;
      if (length >= ${EACH} || !main.valid || main.mid === 0 || !existsSync(${JSON.stringify(wish)})) return;
      main.buy({ base: main.mid > 10_000 ? 0.01 : 0.1 }, { limit: main.mid * (0.97 - length / 200), postOnly: true, why: "rests" });
    },
  }),
);
`;
}
