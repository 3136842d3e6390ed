/** The queries of the history, written once: drizzle says them in the words of either database. */

import { type SQL, sql } from "drizzle-orm";
import { type AnyRow, snakeCase, type Value } from "./columns.ts";
import { pnlPeriods } from "./pnl_periods.ts";
import { rowOut, valueIn } from "./row_values.ts";
import type { BalanceAsk, ExecutionAsk, OrderAsk, OrderTimeline, Page, PageAsk, PnlAsk, PnlPeriod } from "./store.ts";
import { type Row, type TableName, tableOf } from "./tables.ts";

export type RawRow = Readonly<Record<string, unknown>>;

const US_PER_DAY = 86_400_000_000;
/** Of one order: more than any has had; what is beyond is not shown. */
const TIMELINE_ROWS_MAX = 10_000;

export abstract class StoreQueries {
  /** Rows with the database's column names. Rejects with a ProblemError. */
  protected abstract select(query: SQL): Promise<readonly RawRow[]>;

  async order(id: number): Promise<Row<"orders"> | undefined> {
    return (await this.#rows("orders", sql`where id = ${id}`))[0];
  }

  orders(ask: OrderAsk): Promise<Page<Row<"orders">>> {
    const { account, instrument, instance, state } = ask;
    const of = { instance, instrument, account };
    // Few are open, and an index knows them; nearly all have ended, which leads to nobody's.
    const isLed = state === "open" || Object.values(of).every((value) => value === undefined);
    const ended = sql`terminal = ${this.flag(state === "ended")}`;
    return this.#page("orders", "id", ask, [
      ...(state === undefined ? [] : [isLed ? ended : sql`(${ended}) is true`]),
      ...(state === "open" ? equal(sql`+`, of) : this.#led(of)),
      ...within("orders", "id", "created_us", ask.fromUs, ask.toUs),
    ]);
  }

  executions(ask: ExecutionAsk): Promise<Page<Row<"executions">>> {
    const { account, instrument, instance, order } = ask;
    return this.#page("executions", "record", ask, [
      ...this.#led({ order_id: order, instance, instrument, account }),
      ...within("executions", "record", "time_us", ask.fromUs, ask.toUs),
    ]);
  }

  async timeline(id: number): Promise<OrderTimeline | undefined> {
    const order = await this.order(id);
    if (order === undefined) return undefined;
    const of = sql`where order_id = ${id} order by record limit ${TIMELINE_ROWS_MAX}`;
    return { order, events: await this.#rows("orderEvents", of), executions: await this.#rows("executions", of) };
  }

  positions(account?: number): Promise<readonly Row<"positions">[]> {
    return this.#rows("positions", sql`${where(equal(sql``, { account }))} order by ${keyOf("positions")}`);
  }

  positionsAt(atUs: number, account?: number): Promise<readonly Row<"positionsDaily">[]> {
    const dayUs = atUs - (atUs % US_PER_DAY);
    const last = sql`select account, instrument, leg, instance, max(day_us) as day_us from positions_daily
      ${where([sql`day_us <= ${dayUs}`, ...equal(sql``, { account })])} group by account, instrument, leg, instance`;
    return this.#rows(
      "positionsDaily",
      sql`join (${last}) l using (account, instrument, leg, instance, day_us) order by ${keyOf("positionsDaily")}`,
    );
  }

  balances(account?: number): Promise<readonly Row<"balances">[]> {
    return this.#rows("balances", sql`${where(equal(sql``, { account }))} order by ${keyOf("balances")}`);
  }

  balanceHistory(ask: BalanceAsk): Promise<Page<Row<"balanceHistory">>> {
    const { account, asset, fromUs, toUs } = ask;
    const of = equal(sql``, { account, asset });
    return this.#page("balanceHistory", "record", ask, [
      ...of,
      ...within("balance_history", "record", "time_us", fromUs, toUs, of),
    ]);
  }

  async pnl(ask: PnlAsk): Promise<Page<PnlPeriod>> {
    const { account, instance, asset, toUs, stepUs, limit } = ask;
    const fromUs = ask.cursor ?? ask.fromUs;
    const of = equal(sql``, { account, instance, asset });
    const before = await this.#rows(
      "pnlSnapshots",
      sql`${where([...of, sql`period_us < ${fromUs}`])} order by period_us desc limit 1`,
    );
    // The last minute of each period in which something changed.
    const last = sql`select max(period_us) as period_us from pnl_snapshots
      ${where([...of, sql`period_us >= ${fromUs}`, sql`period_us < ${toUs}`])}
      group by (period_us - ${fromUs}) / ${stepUs} order by 1 limit ${limit + 1}`;
    const ends = await this.#rows(
      "pnlSnapshots",
      sql`${where([...of, sql`period_us in (${last})`])} order by period_us`,
    );
    const items = pnlPeriods(ask, before[0], ends);
    return { items: items.slice(0, limit), next: items[limit]?.startUs ?? null };
  }

  async scan<Name extends TableName>(
    table: Name,
    limit: number,
    after?: Partial<Row<Name>>,
  ): Promise<readonly Row<Name>[]> {
    const definition = tableOf(table);
    const values = definition.key.map((name) =>
      after === undefined ? undefined : valueIn(definition, name, (after as AnyRow)[name]),
    );
    const beyond = after === undefined ? [] : [sql`(${keyOf(table)}) > (${list(values as Value[])})`];
    return this.#rows(table, sql`${where(beyond)} order by ${keyOf(table)} limit ${limit}`);
  }

  async cursor(name: string): Promise<number> {
    return (await this.#cursor(name))?.record ?? 0;
  }

  protected async sourceOf(name: string): Promise<string | undefined> {
    return (await this.#cursor(name))?.source || undefined;
  }

  /** SQLite has no true and false. */
  protected abstract flag(value: boolean): Value;

  /** True where the database knows how many rows have which value, and finds the best index by itself. */
  protected abstract readonly hasStatistics: boolean;

  /** Conditions of which the first one given leads: it has the fewest rows as a rule, and its index their order. */
  #led(values: Readonly<Record<string, number | undefined>>): SQL[] {
    if (this.hasStatistics) return equal(sql``, values);
    const given = Object.entries(values).filter(([, value]) => value !== undefined);
    // By hand is no narrow set.
    const leader = given.findIndex(([name, value]) => name !== "instance" || value !== 0);
    return given.flatMap(([name, value], at) => equal(at === Math.max(leader, 0) ? sql`` : sql`+`, { [name]: value }));
  }

  async #cursor(name: string): Promise<Row<"cursors"> | undefined> {
    return (await this.#rows("cursors", sql`where name = ${name}`))[0];
  }

  async #page<Name extends TableName>(
    table: Name,
    by: "id" | "record",
    ask: PageAsk,
    conditions: readonly SQL[],
  ): Promise<Page<Row<Name>>> {
    const column = sql.identifier(by);
    const all = ask.cursor === undefined ? conditions : [...conditions, sql`${column} < ${ask.cursor}`];
    const rows = await this.#rows(table, sql`${where(all)} order by ${column} desc limit ${ask.limit + 1}`);
    const items = rows.slice(0, ask.limit);
    const lastItem = items.at(-1) as AnyRow | undefined;
    return { items, next: rows.length > items.length ? ((lastItem?.[by] as number | undefined) ?? null) : null };
  }

  async #rows<Name extends TableName>(name: Name, rest: SQL): Promise<Row<Name>[]> {
    const table = tableOf(name);
    const found = await this.select(sql`select * from ${sql.identifier(table.name)} ${rest}`);
    return found.map((raw) => rowOut(table, raw) as Row<Name>);
  }
}

/** `plus` before a column keeps the planner from its index. */
function equal(plus: SQL, values: Readonly<Record<string, number | string | undefined>>): SQL[] {
  return Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [sql`${plus}${sql.identifier(name)} = ${value}`],
  );
}

/** Numbers rise with time, so a range of time is a range of numbers: one index gives the rows and their order. */
function within(
  table: string,
  by: string,
  time: string,
  fromUs: number | undefined,
  toUs: number | undefined,
  of: readonly SQL[] = [],
): SQL[] {
  const [at, column, us] = [sql.identifier(table), sql.identifier(by), sql.identifier(time)];
  const first = (since: number) => {
    const soonest = sql`(select min(${us}) from ${at} ${where([...of, sql`${us} >= ${since}`])})`;
    // `+`: else the planner counts up from the first row of all until it meets that time.
    return sql`(select min(+${column}) from ${at} ${where([...of, sql`${us} = ${soonest}`])})`;
  };
  return [
    ...(fromUs === undefined ? [] : [sql`${column} >= ${first(fromUs)}`]),
    ...(toUs === undefined ? [] : [sql`${column} < coalesce(${first(toUs)}, ${Number.MAX_SAFE_INTEGER})`]),
  ];
}

function where(conditions: readonly SQL[]): SQL {
  return conditions.length === 0 ? sql`` : sql`where ${sql.join([...conditions], sql` and `)}`;
}

function keyOf(table: TableName): SQL {
  const names = tableOf(table).key.map((name) => sql.identifier(snakeCase(name)));
  return sql.join(names, sql`, `);
}

function list(values: readonly Value[]): SQL {
  const parts = values.map((value) => sql`${value}`);
  return sql.join(parts, sql`, `);
}
