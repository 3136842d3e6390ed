/** What the journeys of ccxt have in common. */

import type { Exchange } from "ccxt";
import { equal, isTrue, until } from "./check.ts";
import type { Stage } from "./stage.ts";

/** Numbers of a book, of a watched book, that they are in order and move. */
export async function watchBooks(it: Exchange, symbol: string, limit?: number, times = 6): Promise<void> {
  const numbers: number[] = [];
  for (let n = 0; n < times; n++) {
    const book = await it.watchOrderBook(symbol, limit);
    isTrue((book.bids[0]?.[0] as number) < (book.asks[0]?.[0] as number), "the watched book is not crossed");
    // At Bybit it keeps no number of updates, only their times.
    numbers.push((book.nonce ?? book.timestamp) as number);
  }
  equal(
    numbers,
    [...numbers].sort((a, b) => a - b),
    "numbers of the watched book",
  );
  isTrue(new Set(numbers).size > times / 2, `the watched book moves: ${numbers}`);
}

/** What public REST answers: book, trades, bars. */
export async function fetchMarket(it: Exchange, symbol: string, tradesMin = 5): Promise<void> {
  const book = await it.fetchOrderBook(symbol, 5);
  equal(book.bids.length, 5, "levels asked for");
  isTrue((book.bids[0]?.[0] as number) < (book.asks[0]?.[0] as number), "the book is not crossed");
  const trades = await it.fetchTrades(symbol);
  isTrue(trades.length > tradesMin, `trades: ${trades.length}`);
  isTrue(["buy", "sell"].includes(trades[0]?.side as string), "a trade has a side");
  isTrue((await it.fetchOHLCV(symbol, "1m")).length > 0, "bars");
}

/** A forced sale of a quarter, told until the client has heard of it: as it reads the venue's message. */
export async function watchForced(stage: Stage, watch: () => Promise<readonly object[]>): Promise<object | undefined> {
  let heard: readonly object[] | undefined;
  const watching = watch().then((found) => {
    heard = found;
  });
  for (let tries = 0; tries < 50 && heard === undefined; tries++) {
    await stage.force({ symbol: "BTCUSDT", side: "SELL", price: "59990.5", qty: "0.25" });
    await Promise.race([watching, Bun.sleep(200)]);
  }
  return heard?.[0];
}

/** What its streams told. */
export class Watched {
  /** `id status filled`. */
  readonly orders: string[] = [];
  readonly trades: string[] = [];
  /** `side contracts`. */
  readonly positions: string[] = [];
  usdt: number | undefined;

  constructor(
    readonly it: Exchange,
    readonly symbol: string,
  ) {
    forEver(
      () => it.watchOrders(symbol),
      (found) => void this.orders.push(...found.map(({ id, status, filled }) => `${id} ${status} ${filled}`)),
    );
  }

  andTradesAndBalance(): this {
    forEver(
      () => this.it.watchMyTrades(this.symbol),
      (found) => void this.trades.push(...found.map(({ id }) => String(id))),
    );
    forEver(
      () => this.it.watchBalance(),
      (balance) => {
        this.usdt = balance["USDT"]?.total;
      },
    );
    return this;
  }

  andPositions(): this {
    forEver(
      () => this.it.watchPositions([this.symbol]),
      (found) => void this.positions.push(...found.map(({ side, contracts }) => `${side} ${contracts}`)),
    );
    return this;
  }

  sawOrder(line: string): Promise<void> {
    return until(() => this.orders.includes(line), `order ${line} on its stream, seen: ${this.orders.slice(-5)}`);
  }

  /** The position, and that it changed. */
  sawPosition(line: string): Promise<void> {
    return until(() => this.positions.length > 1 && this.positions.includes(line), `position ${line} on its stream`);
  }

  /** The stream told the trades that REST tells, each once, and REST's balance is the stream's and the truth's. */
  async agrees(stage: Stage, account: string, venue: string, isToldTwice = false): Promise<void> {
    const mine = (await this.it.fetchMyTrades(this.symbol)).map(({ id }) => String(id)).sort();
    await until(() => new Set(this.trades).size >= mine.length, `${mine.length} trades, seen ${this.trades.length}`);
    const told = isToldTwice ? [...new Set(this.trades)] : [...this.trades];
    equal(told.sort(), mine, "trades of the stream and of REST");
    const { free, locked } = stage.truth(account, venue).balances["USDT"] as { free: string; locked: string };
    const truth = Number(free) + Number(locked); // number-ok: compared with a float of the client's
    const fetched = (await this.it.fetchBalance())["USDT"]?.total as number;
    isTrue(Math.abs(fetched - truth) < 1e-6, `USDT by REST ${fetched}, the venue's ${truth}`);
    await until(() => this.usdt === fetched, `USDT of the stream, ${fetched} by REST`);
  }
}

/** Collects what a watching call answers until the client is closed. */
function forEver<T>(watch: () => Promise<T>, take: (value: T) => void): void {
  const turn = (): Promise<void> =>
    watch().then(
      (value) => {
        take(value);
        return turn();
      },
      () => undefined,
    );
  void turn();
}
