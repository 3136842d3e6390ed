/** The simulator of all venues as a process of its own, the files of a gateway that trades there, and how it is armed. */

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endWatchdog } from "../../src/app/heartbeat_page.testing.ts";
import { type GatewayProcess, type Json, SOURCE_COMMAND } from "./gateway_process.testing.ts";
import { liveConfig, PAIR_FILE, PAIR_STRATEGY } from "./live_config.testing.ts";
import { SITES, type Site, VENUE_NAMES } from "./live_sites.testing.ts";

/** Texts that must never be seen anywhere: nobody writes such words by chance. */
export const SECRETS = {
  apiKey: "PublicNameOfTheKey7f3a91",
  secret: "SecretOfTheKey-c0ffee-5d1b2e8a4497",
  otherKey: "PublicNameOfTheOther2b64",
  otherSecret: "SecretOfTheOther-facade-77d09b31",
  passphrase: "PassphraseOfTheKey-9e41",
} as const;

const ASSETS: Readonly<Record<string, string>> = { USDT: "200000", BTC: "2", ETH: "20", BNB: "5" };

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
    const { apiKey: key, secret, otherKey, otherSecret, passphrase } = SECRETS;
    const owner = (name: string, keys: object) => ({ name, keys: [{ ...keys, permissions }], balances: ASSETS });
    const owners = [owner("desk", { key, secret, passphrase }), owner("perps", { key: otherKey, secret: otherSecret })];
    writeFileSync(accounts, JSON.stringify(owners));
    const options = ["--feed", "synthetic", "--venue", VENUE_NAMES.join(), "--port", "0", "--json"];
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

  /** By account of ours: what its venue knows of it. */
  async truth(): Promise<Record<string, Json>> {
    const owners = { desk: await this.#truthOf("desk"), perps: await this.#truthOf("perps") };
    return Object.fromEntries(SITES.map(({ account, owner, venue }) => [account, owners[owner][venue]]));
  }

  async #truthOf(owner: string): Promise<Json> {
    return (await fetch(`${this.url}/_sim/accounts/${owner}`)).json();
  }

  async faults(shares: Readonly<Record<string, unknown>>): Promise<void> {
    const answer = await fetch(`${this.url}/simulate/faults`, { method: "POST", body: JSON.stringify(shares) });
    if (!answer.ok) throw new Error(await answer.text());
  }

  /** How often each fault has struck, by venue. */
  async faultCounts(): Promise<Record<string, Record<string, number>>> {
    return ((await (await fetch(`${this.url}/simulate/status`)).json()) as Json).faultsByVenue;
  }
}

/** Files of a gateway that trades at `venue`: its data directory, its key, its configuration. */
export class LiveFolder {
  readonly path = mkdtempSync(join(tmpdir(), "meltica-live-"));
  readonly dataDir = join(this.path, "data");
  readonly configFile = join(this.path, "meltica.yaml");

  constructor(venue: VenueProcess, change: (config: Json) => void = () => {}, sites = SITES) {
    mkdirSync(join(this.path, "keys"));
    const texts = { "desk-name": SECRETS.apiKey, "desk-secret": `${SECRETS.secret}\n`, passphrase: SECRETS.passphrase };
    const others = { "perps-name": SECRETS.otherKey, "perps-secret": SECRETS.otherSecret };
    for (const [name, text] of Object.entries({ ...texts, ...others })) {
      writeFileSync(join(this.path, "keys", name), text, { mode: 0o600 });
    }
    writeFileSync(join(this.path, PAIR_FILE), PAIR_STRATEGY);
    const config = liveConfig(venue, sites);
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

/** As the account's owner would: once its checks are passed, by name. */
export async function arm(gateway: GatewayProcess, sites: readonly Site[] = SITES): Promise<void> {
  for (const { account } of sites) {
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
