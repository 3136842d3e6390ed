/** The queries of the history, written once: drizzle says them in the words of either database. */

import { type SQL, sql } from "drizzle-orm";
import { type AnyRow, indexName, snakeCase, type Value } from "./columns.ts";
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
    const of = given({ account, instrument, instance });
    const ended = { terminal: this.flag(state === "ended") };
    // Few are open, and an index knows them; nearly all have ended, which leads to nobody's.
    const isLed = state === "open" || (state === "ended" && Object.keys(of).length === 0);
    const filters = { ...(state === "open" ? of : {}), ...(state === "ended" && !isLed ? ended : {}) };
    return this.#page("orders", ["id", "created_us"], ask, isLed ? ended : of, filters);
  }

  executions(ask: ExecutionAsk): Promise<Page<Row<"executions">>> {
    const { account, instrument, instance, order } = ask;
    const of = given({ account, instrument, instance });
    const isLed = order !== undefined;
    return this.#page("executions", ["record", "time_us"], ask, isLed ? { order_id: order } : of, isLed ? of : {});
  }

  async timeline(id: number): Promise<OrderTimeline | undefined> {
    const order = await this.order(id);
    if (order === undefined) return undefined;
    const of = sql`where order_id = ${id} order by record limit ${TIMELINE_ROWS_MAX}`;
    return { order, events: await this.#rows("orderEvents", of), executions: await this.#rows("executions", of) };
  }

  positions(account?: number): Promise<readonly Row<"positions">[]> {
    return this.#rows("positions", sql`${where(equal({ account }))} order by ${keyOf("positions")}`);
  }

  /** Every position that ever was is in `positions`: of each the last day is looked up, however many days there are. */
  async positionsAt(atUs: number, account?: number): Promise<readonly Row<"positionsDaily">[]> {
    const dayUs = atUs - (atUs % US_PER_DAY);
    const key = tableOf("positions").key.map(snakeCase);
    const sameAs = (other: string) => key.map((name) => sql.raw(`${other}.${name} = p.${name}`));
    const last = sql`select max(day_us) from positions_daily l where ${both(sameAs("l"))} and day_us <= ${dayUs}`;
    const of = account === undefined ? [] : [sql`p.account = ${account}`];
    // A cross join is done by SQLite in the order in which it stands.
    const found = await this.select(sql`select d.* from positions p cross join positions_daily d
      ${where([...of, ...sameAs("d"), sql`d.day_us = (${last})`])} order by ${sql.raw(key.map((name) => `p.${name}`).join(", "))}`);
    return found.map((raw) => rowOut(tableOf("positionsDaily"), raw) as Row<"positionsDaily">);
  }

  balances(account?: number): Promise<readonly Row<"balances">[]> {
    return this.#rows("balances", sql`${where(equal({ account }))} order by ${keyOf("balances")}`);
  }

  balanceHistory(ask: BalanceAsk): Promise<Page<Row<"balanceHistory">>> {
    const { account, asset } = ask;
    return this.#page("balanceHistory", ["record", "time_us"], ask, { account, asset }, {});
  }

  async pnl(ask: PnlAsk): Promise<Page<PnlPeriod>> {
    const { account, instance, asset, toUs, limit } = ask;
    const fromUs = ask.cursor ?? ask.fromUs;
    const of = equal({ account, instance, asset });
    const before = await this.#rows(
      "pnlSnapshots",
      sql`${where([...of, sql`period_us < ${fromUs}`])} order by period_us desc limit 1`,
    );
    const ends = await this.#rows(
      "pnlSnapshots",
      sql`${where([...of, sql`period_us in (${lastMinutes(of, fromUs, toUs, ask.stepUs, limit + 1)})`])}
        order by period_us`,
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

  /** True where the planner weighs by how many rows have which value. */
  protected abstract readonly hasStatistics: boolean;

  async #cursor(name: string): Promise<Row<"cursors"> | undefined> {
    return (await this.#rows("cursors", sql`where name = ${name}`))[0];
  }

  /** Newest first. `lead`: what an index begins with that goes on in the order of `by`. `filters` decide beside. */
  async #page<Name extends TableName>(
    table: Name,
    [by, time]: readonly ["id" | "record", "created_us" | "time_us"],
    { limit, cursor = Number.MAX_SAFE_INTEGER, fromUs, toUs }: TimedAsk,
    lead: Readonly<Record<string, Value>>,
    filters: Readonly<Record<string, Value>>,
  ): Promise<Page<Row<Name>>> {
    const first = (us: number) => this.#first(table, by, time, us, table === "balanceHistory" ? lead : {});
    const since = fromUs === undefined ? 0 : await first(fromUs);
    if (since === undefined) return { items: [], next: null };
    const until = toUs === undefined ? undefined : await first(toUs);
    const all = [
      ...this.#between(lead, by, since, Math.min(cursor, until ?? cursor)),
      // `is true`, `+`: decided row by row, and no index is looked for.
      ...Object.entries(filters).map(([name, value]) => sql`(${sql.identifier(name)} = ${value}) is true`),
      ...(fromUs === undefined ? [] : [sql`+${sql.identifier(time)} >= ${fromUs}`]),
      ...(toUs === undefined ? [] : [sql`+${sql.identifier(time)} < ${toUs}`]),
    ];
    const down = (this.hasStatistics ? [...Object.keys(lead), by] : [by]).map(
      (name) => sql`${sql.identifier(name)} desc`,
    );
    const rows = await this.#rows(
      table,
      sql`${this.#by(table, lead, by)} ${where(all)} order by ${sql.join(down, sql`, `)} limit ${limit + 1}`,
    );
    const items = rows.slice(0, limit);
    const lastItem = items.at(-1) as AnyRow | undefined;
    return { items, next: rows.length > items.length ? ((lastItem?.[by] as number | undefined) ?? null) : null };
  }

  /**
   * The index of `lead`, from one number to another. Where a planner weighs, bounds are rows of values over all of it: no
   * other index answers those. Of an equation it may think that the newest of all, with whatever is not wanted thrown away,
   * come sooner, and reads through all of them where what is wanted is old. SQLite is told the index: of rows of values it
   * would use the first columns alone.
   */
  #between(lead: Readonly<Record<string, Value>>, by: string, since: number, until: number): SQL[] {
    const column = sql.identifier(by);
    if (!this.hasStatistics) return [...equal(lead), sql`${column} < ${until}`, sql`${column} >= ${since}`];
    const [columns, values] = [names([...Object.keys(lead), by]), Object.values(lead)];
    return [sql`(${columns}) < (${list([...values, until])})`, sql`(${columns}) >= (${list([...values, since])})`];
  }

  /** SQLite knows of no index how narrow it is, so it would take any that fits in part. */
  #by(table: TableName, lead: Readonly<Record<string, Value>>, by: string): SQL {
    const columns = [...Object.keys(lead), by];
    const own = tableOf(table).indexes.some((names) => names.map(snakeCase).join() === columns.join());
    if (this.hasStatistics || !own) return sql``;
    return sql`indexed by ${sql.identifier(indexName(tableOf(table), columns))}`;
  }

  /** Numbers rise with time, so a range of time is a range of numbers: the first one at or after a time; undefined: none. */
  async #first(
    table: TableName,
    by: string,
    time: string,
    us: number,
    lead: Readonly<Record<string, Value>>,
  ): Promise<number | undefined> {
    const [at, column, when] = [tableOf(table).name, by, time].map((name) => sql.identifier(name));
    const of = equal(lead);
    const soonest = sql`select min(${when}) from ${at} ${where([...of, sql`${when} >= ${us}`])}`;
    // `+`: else the planner counts up from the first row of all until it meets that time.
    const firstOf = sql`select min(+${column}) as first from ${at} ${where([...of, sql`${when} = (${soonest})`])}`;
    const [found] = await this.select(firstOf);
    const first = found?.["first"];
    return first === null || first === undefined ? undefined : Number.parseInt(String(first), 10);
  }

  async #rows<Name extends TableName>(name: Name, rest: SQL): Promise<Row<Name>[]> {
    const table = tableOf(name);
    const found = await this.select(sql`select * from ${sql.identifier(table.name)} ${rest}`);
    return found.map((raw) => rowOut(table, raw) as Row<Name>);
  }
}

interface TimedAsk extends PageAsk {
  readonly fromUs?: number | undefined;
  readonly toUs?: number | undefined;
}

/**
 * The last minute of each period in which something changed, of `count` periods at most: from one period to the next
 * along the index, however many minutes lie in between.
 */
function lastMinutes(of: readonly SQL[], fromUs: number, toUs: number, stepUs: number, count: number): SQL {
  const us = (value: number) => sql`cast(${value} as bigint)`;
  const next = (at: SQL) =>
    sql`select min(period_us) from pnl_snapshots ${where([...of, sql`period_us >= ${at}`, sql`period_us < ${us(toUs)}`])}`;
  const end = sql`${us(fromUs)} + ((first_us - ${us(fromUs)}) / ${us(stepUs)} + 1) * ${us(stepUs)}`;
  const last = where([...of, sql`period_us < ${end}`, sql`period_us < ${us(toUs)}`]);
  return sql`with recursive periods (n, first_us) as (
      select 1, (${next(us(fromUs))})
      union all
      select n + 1, (${next(end)}) from periods where first_us is not null and n < ${sql.raw(String(count))})
    select (select max(period_us) from pnl_snapshots ${last}) from periods where first_us is not null`;
}

/** Those that are asked for. */
function given(values: Readonly<Record<string, number | undefined>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Record<string, Value>;
}

function equal(values: Readonly<Record<string, Value | undefined>>): SQL[] {
  return Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [sql`${sql.identifier(name)} = ${value}`],
  );
}

function where(conditions: readonly SQL[]): SQL {
  return conditions.length === 0 ? sql`` : sql`where ${both(conditions)}`;
}

function both(conditions: readonly SQL[]): SQL {
  return sql.join([...conditions], sql` and `);
}

function keyOf(table: TableName): SQL {
  return names(tableOf(table).key.map(snakeCase));
}

function names(columns: readonly string[]): SQL {
  return sql.join(
    columns.map((name) => sql.identifier(name)),
    sql`, `,
  );
}

function list(values: readonly Value[]): SQL {
  const parts = values.map((value) => sql`${value}`);
  return sql.join(parts, sql`, `);
}
