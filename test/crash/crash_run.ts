/** The crash run: start, load, kill -9 at a random moment, check; and again. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { defaultTrading } from "../../src/app/config_default.ts";
import { Prng } from "../../src/core/prng.ts";
import { verifyJournal } from "../../src/journal/verify.ts";
import { configFile, GatewayProcess } from "../e2e/gateway_process.testing.ts";
import { type Asked, Claims } from "./crash_claims.ts";
import { ACCOUNTS, CrashLoad, place } from "./crash_load.ts";

export interface CrashOptions {
  readonly seed: number;
  readonly kills: number;
  /** Words that start the program, up to the verb. */
  readonly command: readonly string[];
  /** Told about each kill. */
  readonly onKill?: (text: string) => void;
}

export interface CrashReport {
  readonly seed: number;
  readonly kills: number;
  /** Kills of a gateway that had not come up yet, after another kill. */
  readonly killsInRecovery: number;
  readonly records: number;
  readonly orders: number;
  readonly fills: number;
  /** Requests to place, how many got no answer, and how many of those had become orders. */
  readonly asked: number;
  readonly lost: number;
  readonly lostAndMade: number;
  /** Amends and pauses of a strategy that were answered with success. */
  readonly amended: number;
  readonly pauses: number;
  readonly ordersShown: number;
  readonly executionsShown: number;
  /** Messages of the stream. */
  readonly streamed: number;
  readonly hashesChecked: number;
  readonly seals: number;
  readonly startMsMax: number;
  readonly breaks: readonly string[];
}

const SPEED = 20;
const KILL_MS = [20, 800] as const;
/** One start in so many is killed before it is up; then again in half of the cases. */
const RECOVERY_KILL_ONE_IN = 3;
const RECOVERY_KILL_MS_MAX = 400;
const BREAKS_MAX = 20;
const REPEAT_MS = 50;

export class CrashRun {
  readonly #claims = new Claims();
  readonly #random: Prng;
  readonly #folder = mkdtempSync(join(tmpdir(), "meltica-crash-"));
  readonly #dataDir = join(this.#folder, "data");
  readonly #config = crashConfig();
  #gateway: GatewayProcess | undefined;
  #startMsMax = 0;
  #streamed = 0;
  #lost = 0;
  #lostAndMade = 0;
  #killsInRecovery = 0;

  constructor(readonly options: CrashOptions) {
    this.#random = new Prng(options.seed);
  }

  /** Stops at the first round with a break; the data directory then stays, and is named in the breaks. */
  async run(): Promise<CrashReport> {
    const { kills } = this.options;
    try {
      for (let kill = 1; kill <= kills && this.#claims.breaks.length === 0; kill++) await this.#round(kill);
      return await this.#finish();
    } finally {
      if (this.#gateway?.isAlive === true) await this.#gateway.kill();
    }
  }

  async #round(kill: number): Promise<void> {
    if (kill > 1) await this.#killRecovering();
    const gateway = await this.#start();
    const load = new CrashLoad(gateway, this.#claims, this.#random, `s${this.options.seed}-k${kill}`);
    load.start();
    const afterMs = KILL_MS[0] + this.#random.nextBelow(KILL_MS[1] - KILL_MS[0] + 1);
    await Bun.sleep(afterMs);
    await gateway.kill();
    await load.end();
    // A stalled machine may cost an engine its place; one that stops at an assertion has found a mistake.
    const died = gateway.log.split("\n").find((line) => line.includes('"EngineDied"'));
    if (died !== undefined) this.#claims.fail(`the engine died: ${died.slice(0, 2_000)}`);
    if (this.#claims.breaks.length === 0) rmSync(dirname(gateway.logFile), { recursive: true });
    this.#streamed += load.streamed;
    this.#claims.checkFiles(this.#dataDir);
    const { orders, executions } = this.#claims;
    this.options.onKill?.(
      `kill ${kill} after ${afterMs} ms: ${orders.size} orders, ${executions.size} executions shown`,
    );
  }

  /** Starts that die on their way, at any moment of it: what they leave must be as good as what one death leaves. */
  async #killRecovering(): Promise<void> {
    if (this.#random.nextBelow(RECOVERY_KILL_ONE_IN) !== 0) return;
    do {
      const words = [...this.options.command, "up", "--json", "--port", "0", "--data-dir", this.#dataDir];
      const options = { cwd: this.#folder, stdin: "ignore", stdout: "ignore", stderr: "ignore" } as const;
      const child = Bun.spawn([...words, "--config", this.#config], options);
      await Bun.sleep(this.#random.nextBelow(RECOVERY_KILL_MS_MAX));
      child.kill("SIGKILL");
      await child.exited;
      this.#killsInRecovery++;
    } while (this.#random.nextBelow(2) === 0);
    this.#claims.checkFiles(this.#dataDir);
  }

  /** Starts, and checks that all is there; requests without an answer are repeated under their keys. */
  async #start(): Promise<GatewayProcess> {
    const gateway = await GatewayProcess.start(this.#dataDir, {
      command: this.options.command,
      args: ["--config", this.#config, "--log-level", "warn"],
    });
    this.#gateway = gateway;
    this.#startMsMax = Math.max(this.#startMsMax, gateway.startMs);
    await gateway.untilReady();
    await this.#claims.checkShown(gateway);
    for (const asked of this.#claims.asked.values()) if (asked.outcome === "lost") await this.#again(gateway, asked);
    return gateway;
  }

  /** Under its key, until there is an answer. */
  async #again(gateway: GatewayProcess, asked: Asked): Promise<void> {
    if (asked.sent === asked.refused) return; // It never came as far as the engine.
    this.#lost++;
    while (asked.outcome === "lost") {
      await place(gateway, this.#claims, asked);
      if (asked.outcome === "lost") await Bun.sleep(REPEAT_MS);
    }
    if (asked.isReplayed) this.#lostAndMade++;
  }

  /** A last start: what is asked for again is quiet, and all sums are right. */
  async #finish(): Promise<CrashReport> {
    const claims = this.#claims;
    if (claims.breaks.length === 0) {
      const gateway = await this.#start();
      await gateway.ask("POST", "/api/v1/risk/kill", { why: "the end of the crash run" });
      await gateway.until("nothing open", async () => (await gateway.get("/api/v1/risk/state")).openOrders === 0);
      await claims.checkSums(gateway);
      const code = await gateway.terminate();
      if (code !== 0) claims.fail(`SIGTERM ended with ${code}`);
      claims.checkFiles(this.#dataDir);
    }
    const journal = verifyJournal(join(this.#dataDir, "journal"));
    for (const found of journal.problems) claims.fail(`journal verify: ${found.detail}`);
    const counts = claims.checkJournal(this.#dataDir);
    if (claims.breaks.length > 0) claims.fail(`the data directory stays for you: ${this.#dataDir}`);
    else rmSync(this.#folder, { recursive: true, force: true });
    return {
      seed: this.options.seed,
      kills: this.options.kills,
      killsInRecovery: this.#killsInRecovery,
      ...counts,
      asked: claims.asked.size,
      lost: this.#lost,
      lostAndMade: this.#lostAndMade,
      amended: claims.amended,
      pauses: claims.pauses,
      ordersShown: claims.orders.size,
      executionsShown: claims.executions.size,
      streamed: this.#streamed,
      hashesChecked: claims.hashesChecked,
      seals: claims.sealsChecked,
      startMsMax: Math.round(this.#startMsMax),
      breaks: claims.breaks.slice(0, BREAKS_MAX),
    };
  }
}

/** The built-in configuration with a second account, and a market that moves so many times as fast. */
function crashConfig(): string {
  const trading = defaultTrading();
  for (const provider of Object.values(trading.providers)) if (provider.adapter === "sim") provider.speed = SPEED;
  const { paper } = trading.accounts;
  const [first, second] = ACCOUNTS;
  return configFile(JSON.stringify({ ...trading, accounts: { [first]: paper, [second]: paper } }));
}
