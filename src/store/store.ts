/** The port to the history: batches of rows in, with the cursor in the same transaction; pages of typed rows out. */

import type { MigrationDatabase } from "./migrations.ts";
import type { Row, TableName } from "./tables.ts";

export type Dialect = "sqlite" | "postgres";

/** `put`: the row is as given, whatever was there. `add`: it is new; one with its key is left alone. `delete`: by key. */
export type RowChange = {
  [Name in TableName]:
    | { readonly table: Name; readonly op: "put" | "add"; readonly row: Row<Name> }
    | { readonly table: Name; readonly op: "delete"; readonly row: Partial<Row<Name>> };
}[TableName];

/** What the records `from` to `to`, both included, have changed: all or nothing, in the order given. */
export interface Batch {
  readonly from: number;
  readonly to: number;
  readonly rows: readonly RowChange[];
}

/** `skipped`: the store stands at `to` or beyond, so nothing was changed. */
export type Applied = "applied" | "skipped";

/** Name of the cursor that `apply` moves. */
export const PROJECTION = "projection";

/** A page: `next` is the cursor of the page after it, null at the end. */
export interface Page<R> {
  readonly items: readonly R[];
  readonly next: number | null;
}

/** Newest first. `cursor`: `next` of the page before. Names are resolved by the caller: here are numbers. */
export interface PageAsk {
  readonly limit: number;
  readonly cursor?: number | undefined;
}

export interface OrderAsk extends PageAsk {
  readonly account?: number | undefined;
  readonly instrument?: number | undefined;
  /** 0 = by hand. */
  readonly instance?: number | undefined;
  readonly state?: "open" | "ended" | undefined;
  /** Placed at or after, placed before. */
  readonly fromUs?: number | undefined;
  readonly toUs?: number | undefined;
}

export interface ExecutionAsk extends PageAsk {
  readonly account?: number | undefined;
  readonly instrument?: number | undefined;
  readonly instance?: number | undefined;
  readonly order?: number | undefined;
  readonly fromUs?: number | undefined;
  readonly toUs?: number | undefined;
}

export interface BalanceAsk extends PageAsk {
  readonly account: number;
  readonly asset: string;
  readonly fromUs?: number | undefined;
  readonly toUs?: number | undefined;
}

/** Upward in time; `cursor`: where the next period begins. Periods in which nothing changed are left out. */
export interface PnlAsk extends PageAsk {
  /** -1 with `account`: the whole account. */
  readonly account: number;
  readonly instance: number;
  readonly asset: string;
  readonly fromUs: number;
  readonly toUs: number;
  /** Length of a period, from `fromUs` on; a whole number of minutes. */
  readonly stepUs: number;
}

/** What was made within one period: differences of the standing at its end and at its beginning. */
export interface PnlPeriod {
  readonly startUs: number;
  readonly realizedPnl: string;
  readonly fees: string;
  readonly funding: string;
  /** At the end of the period; null: not known. */
  readonly equity: string | null;
}

/** An order, all that happened to it, and its executions, in the order of the records. */
export interface OrderTimeline {
  readonly order: Row<"orders">;
  readonly events: readonly Row<"orderEvents">[];
  readonly executions: readonly Row<"executions">[];
}

/**
 * All methods reject with a ProblemError: `StoreAway` (try again later: locked, not reachable, cut off), `StoreGap` (the
 * batch does not begin where the store stands), `StoreFailed` (it will fail again: disk full, no right, schema of another
 * version). One writer; readers as many as wanted.
 */
export interface Store {
  readonly dialect: Dialect;
  /** For `meltica migrate`. */
  readonly migrations: MigrationDatabase;
  /** Brings the schema up to date; answers what was applied. To be called before anything else, until it succeeds. */
  prepare(nowUs: number): Promise<readonly string[]>;
  /** Rows and cursor in one transaction. The same batch again changes nothing. */
  apply(batch: Batch): Promise<Applied>;
  /** Rows that no record brought: bars, providers. One transaction, no cursor. */
  write(rows: readonly RowChange[]): Promise<void>;
  /** The last record that reader `name` has taken; 0: none. */
  cursor(name: string): Promise<number>;
  moveCursor(name: string, record: number): Promise<void>;
  /** Which journal the projection is of; undefined: nothing was projected yet. */
  source(): Promise<string | undefined>;
  /** Of two the first has it: ask `source` behind it. */
  setSource(source: string): Promise<void>;
  /** Empties all that comes from the journal and sets the projection's cursor to 0; outbox cursors, providers and bars stay. */
  clear(): Promise<void>;

  order(id: number): Promise<Row<"orders"> | undefined>;
  orders(ask: OrderAsk): Promise<Page<Row<"orders">>>;
  executions(ask: ExecutionAsk): Promise<Page<Row<"executions">>>;
  timeline(order: number): Promise<OrderTimeline | undefined>;
  positions(account?: number): Promise<readonly Row<"positions">[]>;
  /** As they stood at the end of the day that contains `atUs`. */
  positionsAt(atUs: number, account?: number): Promise<readonly Row<"positionsDaily">[]>;
  balances(account?: number): Promise<readonly Row<"balances">[]>;
  balanceHistory(ask: BalanceAsk): Promise<Page<Row<"balanceHistory">>>;
  pnl(ask: PnlAsk): Promise<Page<PnlPeriod>>;
  /** Any table by key, upward from after `after`: for comparing, exporting, and starting a projection again. */
  scan<Name extends TableName>(table: Name, limit: number, after?: Partial<Row<Name>>): Promise<readonly Row<Name>[]>;
  close(): Promise<void>;
}
