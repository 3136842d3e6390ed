/** Reads the KILL file for the engine: kills that somebody wrote while nothing else answered. */

import { statSync } from "node:fs";
import { join } from "node:path";
import type { Engine } from "../engine/engine.ts";
import { Scope } from "../model/record.ts";
import { KILL_FILE, type KillEntry, readKillFile } from "./kill_file.ts";

export class KillWatch {
  readonly #path: string;
  #seen = "";

  constructor(
    readonly dataDir: string,
    readonly engine: Engine,
    readonly killWord: Int32Array,
  ) {
    this.#path = join(dataDir, KILL_FILE);
  }

  /** A few microseconds while nothing changes. Names that are not known here are kills of the firm: nobody guesses. */
  check(nowUs: number): void {
    const now = this.#fingerprint();
    if (now === this.#seen) return;
    this.#seen = now;
    for (const entry of readKillFile(this.dataDir)) this.#take(entry, nowUs);
  }

  #take(entry: KillEntry, nowUs: number): void {
    const { state } = this.engine;
    if (entry.scope === "venue") return this.#takeVenue(entry, nowUs);
    const found = this.#find(entry);
    if (found === undefined) Atomics.store(this.killWord, 0, 1);
    else if (!state.risk.kills.holds(found.scope, found.key))
      this.engine.kill(found.scope, found.key, entry.why, nowUs);
  }

  /** A venue that no instrument knows is a kill of the firm, as any name that is not known here. */
  #takeVenue({ key, why }: KillEntry, nowUs: number): void {
    const { instruments, risk } = this.engine.state;
    if (!instruments.all().some(({ venue }) => venue === key)) Atomics.store(this.killWord, 0, 1);
    else if (!risk.kills.venues().includes(key)) this.engine.kill(Scope.Venue, 0, why, nowUs, key);
  }

  /** Undefined: the firm. */
  #find({ scope, key }: KillEntry): { scope: Scope; key: number } | undefined {
    const { accounts, instruments } = this.engine.state;
    if (scope === "account") return at(Scope.Account, accounts.idOf(key));
    if (scope === "instrument") return at(Scope.Instrument, instruments.byName(key)?.id);
    if (scope === "instance") return at(Scope.Instance, this.engine.instances.idOf(key) || undefined);
    return undefined;
  }

  #fingerprint(): string {
    const stat = statSync(this.#path, { throwIfNoEntry: false });
    return stat === undefined ? "" : `${stat.mtimeMs} ${stat.size} ${stat.ino}`;
  }
}

function at(scope: Scope, key: number | undefined): { scope: Scope; key: number } | undefined {
  return key === undefined ? undefined : { scope, key };
}
