/** Names and numbers of a request to ids of the read model; what is not there is a 404 that names the nearest. */

import { Code } from "../core/code.ts";
import { nearest } from "../core/nearest.ts";
import type { Account } from "../engine/accounts.ts";
import type { DurableState } from "../engine/durable.ts";
import type { Instance } from "../engine/instances.ts";
import type { Instrument } from "../model/instrument.ts";
import { Scope } from "../model/record.ts";
import { type HttpProblem, httpProblem } from "./http_problem.ts";
import { definitionOf } from "./instance_definition.ts";

export const NO_INSTRUMENT = -1;

export function instrumentNamed(state: DurableState, name: string, status = 404): Instrument {
  const found = state.instruments.byName(name);
  if (found !== undefined) return found;
  const names = state.instruments.all().map((instrument) => instrument.name);
  throw missing("instrument", name, names, status);
}

export function accountNamed(state: DurableState, name: string, status = 404): Account {
  const names: string[] = [];
  for (let id = 0; id < state.accounts.count; id++) {
    const account = state.accounts.get(id);
    if (account?.name === name) return account;
    if (account !== undefined) names.push(account.name);
  }
  throw missing("account", name, names, status);
}

/** By number or by name. A name made of digits alone cannot be: numbers win. */
export function instanceNamed(state: DurableState, idOrName: string, status = 404): Instance {
  const names: string[] = [];
  const id = /^[0-9]{1,9}$/.test(idOrName) ? Number.parseInt(idOrName, 10) : 0;
  // Newest first: a deleted instance's name may have been given again.
  for (let at = state.instances.count; at >= 1; at--) {
    const instance = state.instances.get(at);
    if (instance === undefined) continue;
    const { name } = definitionOf(instance);
    if (at === id || (id === 0 && name === idOrName)) return instance;
    names.push(name);
  }
  throw missing("instance", idOrName, names, status);
}

/** Id of a kill's or limits' key; the firm has none. */
export function scopeKey(state: DurableState, scope: Scope, key: string | undefined): number {
  if (scope === Scope.Firm) {
    if (key === undefined || key === "") return 0;
    throw httpProblem(Code.BodyInvalid, "the firm has no key", { hint: "leave key out, or name another scope" });
  }
  if (key === undefined || key === "") {
    throw httpProblem(Code.BodyInvalid, "key is missing", {
      errors: [{ path: "/key", message: "name the one meant" }],
    });
  }
  if (scope === Scope.Account) return accountNamed(state, key, 422).id;
  if (scope === Scope.Venue) return venueNamed(state, key);
  if (scope === Scope.Instrument) return instrumentNamed(state, key, 422).id;
  return instanceNamed(state, key, 422).id;
}

/** Venues have no ids: their names are the keys, and this one must be some instrument's. */
function venueNamed(state: DurableState, name: string): number {
  const venues = [...new Set(state.instruments.all().map(({ venue }) => venue))];
  if (venues.includes(name)) return 0;
  throw missing("venue", name, venues, 422);
}

export function scopeOf(name: "firm" | "account" | "venue" | "instrument" | "instance"): Scope {
  if (name === "venue") return Scope.Venue;
  if (name === "account") return Scope.Account;
  if (name === "instrument") return Scope.Instrument;
  return name === "instance" ? Scope.Instance : Scope.Firm;
}

function missing(kind: string, name: string, names: readonly string[], status: number): HttpProblem {
  const near = nearest(name, names);
  const hint = near === undefined ? `see /api/v1/${kind}s` : `did you mean ${near}?`;
  return httpProblem(Code.NotFound, `there is no ${kind} ${JSON.stringify(name)}`, { status, hint });
}
