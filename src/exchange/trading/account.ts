/** An account at a simulated venue: its keys, what they may do, its fees, and its settings of derivatives. */

import type { Amount } from "./amount.ts";
import { amount } from "./amount.ts";
import type { Instrument } from "./instrument.ts";

export interface ApiKey {
  readonly key: string;
  /** Of HMAC keys. */
  readonly secret: string;
  /** PEM of a public Ed25519 key instead of a secret. */
  readonly publicKeyPem?: string;
  /** Venues that want one (OKX). */
  readonly passphrase?: string;
  readonly mayTrade: boolean;
  readonly mayWithdraw: boolean;
}

export interface AccountSpec {
  readonly name: string;
  readonly keys: readonly ApiKey[];
  /** Deposits at the start, decimal texts by asset, for each venue of its own. */
  readonly balances: Readonly<Record<string, string>>;
  /** Shares: 0.001 is 0.1 %. Below zero: a rebate. */
  readonly makerRate?: string;
  readonly takerRate?: string;
  /** Fees of spot are paid in this asset, as long as there is enough of it and it has a price; e.g. BNB. */
  readonly feeAsset?: string;
  /** Accounts of one group meet as if they were one, for self-trade prevention. */
  readonly tradeGroup?: number;
}

/** How a symbol's derivatives are held. */
export interface Setting {
  leverage: number;
  isIsolated: boolean;
}

export class Account {
  readonly makerRate: Amount;
  readonly takerRate: Amount;
  readonly group: number | undefined;
  /** Positions per side instead of one net position. */
  isHedged = false;
  readonly #settings = new Map<string, Setting>();

  constructor(
    readonly spec: AccountSpec,
    readonly id: number,
    makerRate: string,
    takerRate: string,
  ) {
    this.makerRate = amount(spec.makerRate ?? makerRate);
    this.takerRate = amount(spec.takerRate ?? takerRate);
    this.group = spec.tradeGroup;
  }

  get name(): string {
    return this.spec.name;
  }

  setting(symbol: string): Setting {
    let setting = this.#settings.get(symbol);
    if (setting === undefined) {
      setting = { leverage: 20, isIsolated: false };
      this.#settings.set(symbol, setting);
    }
    return setting;
  }

  /** The account's own fee rate, else the instrument's, else the venue's. */
  rate(instrument: Instrument, isMaker: boolean): Amount {
    const { spec } = this;
    const own = isMaker ? spec.makerRate : spec.takerRate;
    const usual = isMaker ? this.makerRate : this.takerRate;
    return own !== undefined ? usual : ((isMaker ? instrument.makerRate : instrument.takerRate) ?? usual);
  }

  /** True when two orders must not meet under self-trade prevention. */
  isSame(other: Account): boolean {
    return this === other || (this.group !== undefined && this.group === other.group);
  }
}
