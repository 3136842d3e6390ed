/** A verb that asks for a list and shows it as an aligned table, or as JSON as the gateway gave it. */

import { type Arguments, type Definitions, usage } from "./arguments.ts";
import { DATA_DIR_DEFINITIONS } from "./data_dir.ts";
import { Exit } from "./exit.ts";
import { openGateway } from "./gateway_client.ts";
import { type Cell, table } from "./output.ts";
import { plain } from "./plain.ts";
import { styled, type Terminal } from "./terminal.ts";
import { type Call, sayNext, type Verb } from "./verb.ts";

/** Head of a column and the cell of a row. */
export type Column<T> = readonly [head: string, cell: (row: T, terminal: Terminal) => Cell | null];

export interface Listing<T> {
  readonly name: string;
  readonly description: string;
  /** Under /api/v1/. */
  readonly path: string;
  /** Options that are passed on as the query of the same name. */
  readonly filters?: Definitions;
  /** Path of the same list in the store, and the filters that it does not know: asked with --history. */
  readonly history?: { readonly path: string; readonly without: readonly string[] };
  /** Few enough to come whole: there is no --limit. */
  readonly whole?: true;
  readonly columns: readonly Column<T>[];
  /** Said when there are none. */
  readonly none: string;
  readonly examples: readonly string[];
  readonly next: string;
}

const LIMIT: Definitions = Object.freeze({
  limit: { type: "string", valueHint: "N", default: "100", description: "At most so many rows; 0 = all" },
});

const HISTORY: Definitions = Object.freeze({
  history: { type: "boolean", description: "From the store: all that ever were, newest first" },
});

export function listingVerb<T>(listing: Listing<T>): Verb {
  const definitions: Definitions = {
    ...listing.filters,
    ...(listing.whole === true ? {} : LIMIT),
    ...(listing.history === undefined ? {} : HISTORY),
    ...DATA_DIR_DEFINITIONS,
  };
  const { name, description, examples } = listing;
  return { name, description, definitions, examples, run: (call) => runListing(call, listing) };
}

async function runListing<T>(call: Call, listing: Listing<T>): Promise<Exit> {
  const { given, terminal } = call;
  const history = listing.history !== undefined && given.flag("history") ? listing.history : undefined;
  const filters = Object.keys(listing.filters ?? {}).filter((name) => history?.without.includes(name) !== true);
  const query = Object.fromEntries(filters.map((name) => [name, given.text(name)]));
  const limit = listing.whole === true ? 0 : wholeOption(given, "limit", ROWS_MAX);
  const gateway = await openGateway(given);
  const rows = await gateway.list<T>(history?.path ?? listing.path, query, limit === 0 ? undefined : limit);
  if (call.json) terminal.out(`${JSON.stringify(rows)}\n`);
  else showRows(call, rows.items, listing.columns, listing.none);
  sayNext(call, listing.next);
  return Exit.Ok;
}

const ROWS_MAX = 1_000_000;

/** A table, or one line that says that there is nothing. */
export function showRows<T>(call: Call, rows: readonly T[], columns: readonly Column<T>[], none: string): void {
  const { terminal } = call;
  if (rows.length === 0) {
    if (!call.quiet) terminal.out(`${none}\n`);
    return;
  }
  const heads = columns.map(([head]) => head);
  const cells = rows.map(plain).map((row) => columns.map(([, cell]) => cell(row, terminal) ?? ""));
  terminal.out(table(terminal, heads, cells));
}

/** A whole number from 0 to `max`, or a usage error that names the option. */
export function wholeOption(given: Arguments, name: string, max: number): number {
  const text = given.text(name) as string;
  const value = /^\d{1,15}$/.test(text) ? Number.parseInt(text, 10) : Number.NaN;
  if (value <= max) return value;
  throw usage(`--${name} cannot be "${text}"`, `a whole number from 0 to ${max}`);
}

/** `2026-11-21 10:00:00.123` in UTC. */
export function timeText(time: { readonly iso: string } | null): string {
  return time === null
    ? ""
    : time.iso
        .replace("T", " ")
        .replace(/(\.\d{3})\d*/, "$1")
        .replace(/Z$/, "");
}

export function sideText(side: string, terminal: Terminal): string {
  return styled(terminal, side === "buy" ? "green" : "red", side);
}
