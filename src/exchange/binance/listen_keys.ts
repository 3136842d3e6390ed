/** Listen keys of USD-M: one for an account, good for an hour, prolonged by whoever uses it. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { VenueError } from "../rest_query.ts";

export const LISTEN_KEY_MS = 3_600_000;

interface ListenKey {
  readonly key: string;
  readonly account: string;
  expiresMs: number;
}

export class ListenKeys {
  readonly #byAccount = new Map<string, ListenKey>();

  /** The account's key, prolonged; a new one when it has none. */
  start(account: string, nowMs: number, make: () => string): string {
    const found = this.#byAccount.get(account);
    if (found !== undefined && found.expiresMs > nowMs) {
      found.expiresMs = nowMs + LISTEN_KEY_MS;
      return found.key;
    }
    const key = make();
    assert(key.length > 0, Code.ValueOutOfRange);
    this.#byAccount.set(account, { key, account, expiresMs: nowMs + LISTEN_KEY_MS });
    return key;
  }

  /** Throws -1125 when there is none. */
  prolong(account: string, nowMs: number): string {
    const found = this.#byAccount.get(account);
    if (found === undefined || found.expiresMs <= nowMs)
      throw new VenueError(400, -1_125, "This listenKey does not exist.");
    found.expiresMs = nowMs + LISTEN_KEY_MS;
    return found.key;
  }

  /** The key that has ended, if there was one. */
  end(account: string): string | undefined {
    const found = this.#byAccount.get(account);
    this.#byAccount.delete(account);
    return found?.key;
  }

  /** The account of a key that is good. */
  accountOf(key: string, nowMs: number): string | undefined {
    for (const known of this.#byAccount.values()) {
      if (known.key === key && known.expiresMs > nowMs) return known.account;
    }
    return undefined;
  }

  /** Keys whose time is over; with `isAll` all of them. They are gone with this. */
  expire(nowMs: number, isAll: boolean): string[] {
    const gone = [...this.#byAccount.values()].filter(({ expiresMs }) => isAll || expiresMs <= nowMs);
    for (const { account } of gone) this.#byAccount.delete(account);
    return gone.map(({ key }) => key);
  }
}
