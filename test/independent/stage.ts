/** The four venues of the simulator behind one TLS port, with an account for each client. */

import { generateKeyPairSync } from "node:crypto";
import { type Certificate, makeCertificate } from "../../src/app/simulate_tls.ts";
import { type Simulator, startSimulator } from "../../src/exchange/simulator.ts";
import { SyntheticFeed } from "../../src/exchange/synthetic_feed.ts";
import type { AccountSpec } from "../../src/exchange/trading/account.ts";
import { SyntheticInstrument } from "../../src/match/synthetic.ts";
import { btcUsdt, btcUsdtPerp } from "../../src/match/synthetic_specs.ts";
import { until } from "./check.ts";

export interface Keys {
  readonly apiKey: string;
  readonly secret: string;
  readonly passphrase: string;
}

/** What a venue knows of an account. */
export interface VenueTruth {
  readonly balances: Readonly<Record<string, { readonly free: string; readonly locked: string }>>;
  readonly orders: readonly Readonly<Record<string, unknown>>[];
  readonly fills: readonly Readonly<Record<string, unknown>>[];
}

const ED25519 = generateKeyPairSync("ed25519");
/** Feed seconds in a second. */
const SPEED = 5;
const PAST_FRAMES = 150;

/** Bases of all addresses, keys by account, and the truth. */
export class Stage {
  private constructor(
    readonly simulator: Simulator,
    readonly seed: number,
  ) {}

  static async open(accounts: readonly string[], seed: number, tlsFolder: string): Promise<Stage> {
    const tls: Certificate = makeCertificate(tlsFolder, []);
    const startUs = Date.now() * 1_000;
    const instruments = [
      new SyntheticInstrument(btcUsdt(), seed, startUs),
      new SyntheticInstrument(btcUsdtPerp(), seed + 1, startUs),
    ];
    const simulator = await startSimulator({
      venues: ["binance-spot", "binance-usdm", "okx", "bybit"],
      feed: new SyntheticFeed(instruments, startUs),
      accounts: accounts.map(specOf),
      start: "now",
      speed: SPEED,
      seed,
      tls,
    });
    // Some past to ask for.
    await until(() => simulator.status().position > PAST_FRAMES, "a past of the feed");
    return new Stage(simulator, seed);
  }

  get url(): string {
    return this.simulator.url;
  }

  get wsUrl(): string {
    return this.simulator.wsUrl;
  }

  keys(account: string): Keys {
    return { apiKey: `key-${account}`, secret: `secret-${account}`, passphrase: "pass" };
  }

  /** The key that signs with Ed25519. */
  pair(account: string): { readonly apiKey: string; readonly privateKey: string } {
    const privateKey = ED25519.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    return { apiKey: `key-ed-${account}`, privateKey };
  }

  /** Somebody's position is closed by force. */
  async force(order: object): Promise<void> {
    const { status } = await fetch(`${this.url}/simulate/liquidation`, { method: "POST", body: JSON.stringify(order) });
    if (status !== 200) throw new Error(`nothing was forced: ${status}`);
  }

  truth(account: string, venue: string): VenueTruth {
    const all = this.simulator.trading?.truth(account) as Readonly<Record<string, VenueTruth>> | undefined;
    const found = all?.[venue];
    if (found === undefined) throw new Error(`no truth of ${account} at ${venue}`);
    return found;
  }

  /** Orders and fills of all venues. */
  counts(account: string): { readonly orders: number; readonly fills: number } {
    const all = Object.values(this.simulator.trading?.truth(account) ?? {}) as VenueTruth[];
    const sum = (of: (truth: VenueTruth) => number) => all.reduce((total, truth) => total + of(truth), 0);
    return { orders: sum(({ orders }) => orders.length), fills: sum(({ fills }) => fills.length) };
  }

  /** Every address below leads here; paths stay as they are. */
  redirect(addresses: object): void {
    const node = addresses as Record<string, unknown>;
    for (const [key, value] of Object.entries(node)) {
      if (typeof value === "object" && value !== null) this.redirect(value);
      else if (typeof value === "string")
        node[key] = value.replace(/^http.*?:\/\/[^/]+/, this.url).replace(/^ws.*?:\/\/[^/]+/, this.wsUrl);
    }
  }
}

function specOf(name: string): AccountSpec {
  const may = { mayTrade: true, mayWithdraw: false };
  const publicKeyPem = ED25519.publicKey.export({ type: "spki", format: "pem" }).toString();
  return {
    name,
    keys: [
      { key: `key-${name}`, secret: `secret-${name}`, passphrase: "pass", ...may },
      { key: `key-ed-${name}`, secret: "", publicKeyPem, ...may },
    ],
    balances: { USDT: "1000000", BTC: "10", BNB: "5" },
  };
}
