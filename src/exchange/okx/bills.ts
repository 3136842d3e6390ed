/** Bills of accounts: what moved their cash without a trade, newest first. */

import { type Amount, plain } from "../trading/amount.ts";
import type { Update } from "../trading/update.ts";

export interface Bill {
  readonly account: string;
  readonly billId: string;
  readonly timeMs: number;
  readonly asset: string;
  readonly change: Amount;
  readonly balance: Amount;
  readonly type: string;
  readonly subType: string;
  /** Of funding; "" else. */
  readonly instId: string;
}

const BILLS_MAX = 10_000;
/** Type, and sub-type of what was added and of what was taken. */
const TYPES: Readonly<Partial<Record<Update["cause"], readonly [string, string, string]>>> = Object.freeze({
  deposit: ["1", "11", "12"],
  withdraw: ["1", "11", "12"],
  funding: ["8", "174", "173"],
});

/** The bill of one step of the core, if it has one. */
export function billOf(update: Update, billId: string, balance: Amount): Bill | undefined {
  const { delta, cause, account, timeMs, symbol = "" } = update;
  const types = TYPES[cause];
  if (delta === undefined || types === undefined) return undefined;
  const { asset, amount } = delta;
  const [type, added, taken] = types;
  const subType = plain(amount).startsWith("-") ? taken : added;
  return { account, billId, timeMs, asset, change: amount, balance, type, subType, instId: symbol };
}

/** All accounts' bills, oldest first; the oldest are forgotten. */
export class Bills {
  readonly #rows: Bill[] = [];

  add(bill: Bill | undefined): void {
    if (bill === undefined) return;
    this.#rows.push(bill);
    if (this.#rows.length > BILLS_MAX) this.#rows.shift();
  }

  of(account: string): Bill[] {
    return this.#rows.filter((bill) => bill.account === account);
  }
}

/** A row of `/account/bills`. */
export function billRow({ billId, timeMs, asset, change, balance, type, subType, instId }: Bill): object {
  return {
    bal: plain(balance),
    balChg: plain(change),
    billId,
    ccy: asset,
    clOrdId: "",
    execType: "",
    fee: "0",
    fillTime: "",
    from: "",
    instId,
    instType: instId === "" ? "" : "SWAP",
    interest: "0",
    mgnMode: instId === "" ? "" : "cross",
    notes: "",
    ordId: "",
    pnl: type === "8" ? plain(change) : "0",
    posBal: "0",
    posBalChg: "0",
    px: "",
    subType,
    sz: plain(change),
    tag: "",
    to: "",
    tradeId: "",
    ts: String(timeMs),
    type,
  };
}
