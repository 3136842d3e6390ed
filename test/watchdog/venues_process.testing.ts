/** The simulator of all venues as a process, with orders that rest there, placed by signed REST; what is open by its own books. */

import { createHmac } from "node:crypto";
import { type Json, SOURCE_COMMAND } from "../e2e/gateway_process.testing.ts";

const POLL_MS = 10;
export const SPOT = ["BTCUSDT", "ETHUSDT"] as const;
export const PERP = "BTCUSDT";
export const VENUES = ["binance-spot", "binance-usdm", "okx", "bybit"] as const;
export type Venue = (typeof VENUES)[number];

/** What `placeOrders` leaves open at each venue: conditional orders are among them where the venue has any. */
export const ORDERS: Readonly<Record<Venue, number>> = { "binance-spot": 4, "binance-usdm": 3, okx: 4, bybit: 4 };
export const ORDERS_ALL = VENUES.reduce((sum, venue) => sum + ORDERS[venue], 0);

export class VenuesProcess {
  private constructor(
    readonly child: Bun.Subprocess<"ignore", "pipe", "inherit">,
    readonly url: string,
    readonly key: string,
    readonly secret: string,
    readonly passphrase: string,
  ) {}

  static async start(): Promise<VenuesProcess> {
    const words = ["simulate", "--feed", "synthetic", "--venue", VENUES.join(), "--port", "0", "--json"];
    const child = Bun.spawn([...SOURCE_COMMAND, ...words], { stdin: "ignore", stdout: "pipe", stderr: "inherit" });
    let text = "";
    for await (const piece of child.stdout) {
      text += new TextDecoder().decode(piece);
      if (text.includes("\n")) break;
    }
    const { url, accounts } = JSON.parse(text.slice(0, text.indexOf("\n")));
    const [{ key, secret, passphrase }] = accounts[0].keys;
    return new VenuesProcess(child, url, key, secret, passphrase);
  }

  /** Resting far from the market: they never fill. */
  async placeOrders(): Promise<void> {
    const far = (await this.#price()) * 0.97;
    await this.#placeBinance(far);
    await this.#placeOkx(far.toFixed(1));
    await this.#placeBybit(far.toFixed(1));
  }

  async #placeBinance(far: number): Promise<void> {
    const limit = { side: "BUY", type: "LIMIT", timeInForce: "GTC", quantity: "0.01" };
    for (let at = 0; at < 2; at++) {
      for (const symbol of SPOT) {
        const price = ((await this.#price(symbol)) * (0.97 - at / 100)).toFixed(1);
        await this.#binance("/api/v3/order", { ...limit, symbol, price });
      }
      await this.#binance("/fapi/v1/order", { ...limit, symbol: PERP, price: (far - at).toFixed(1) });
    }
    const stop = { algoType: "CONDITIONAL", side: "SELL", type: "STOP_MARKET", quantity: "0.01" };
    await this.#binance("/fapi/v1/algoOrder", { symbol: PERP, ...stop, triggerPrice: (far * 0.95).toFixed(1) });
  }

  async #placeOkx(px: string): Promise<void> {
    const swap = { instId: "BTC-USDT-SWAP", tdMode: "cross", sz: "1" };
    const limit = { side: "buy", ordType: "limit", px };
    const spot = { instId: "BTC-USDT", tdMode: "cash", ...limit, sz: "0.01" };
    await this.#okx("batch-orders", [spot, spot, { ...swap, ...limit }]);
    await this.#okx("order-algo", { ...swap, side: "sell", ordType: "conditional", slTriggerPx: px, slOrdPx: "-1" });
  }

  async #placeBybit(price: string): Promise<void> {
    const common = { symbol: PERP, qty: "0.01" };
    const limit = { ...common, side: "Buy", orderType: "Limit", price };
    const stop = { ...common, side: "Sell", orderType: "Market", triggerPrice: price };
    await this.#bybit({ category: "spot", ...limit });
    await this.#bybit({ category: "spot", ...stop, orderFilter: "StopOrder" });
    await this.#bybit({ category: "linear", ...limit });
    await this.#bybit({ category: "linear", ...stop, triggerDirection: 2 });
  }

  async #binance(path: string, params: Record<string, string>): Promise<void> {
    const text = new URLSearchParams({ timestamp: String(Date.now()), ...params }).toString();
    const signed = `${text}&signature=${this.#hmac(text, "hex")}`;
    await this.#post(`${path}?${signed}`, { "X-MBX-APIKEY": this.key }, "", (body) => body.code === undefined);
  }

  async #okx(path: string, row: object): Promise<void> {
    const [time, body, whole] = [new Date().toISOString(), JSON.stringify(row), `/api/v5/trade/${path}`];
    const headers = {
      "OK-ACCESS-KEY": this.key,
      "OK-ACCESS-SIGN": this.#hmac(`${time}POST${whole}${body}`, "base64"),
      "OK-ACCESS-TIMESTAMP": time,
      "OK-ACCESS-PASSPHRASE": this.passphrase,
    };
    await this.#post(whole, headers, body, ({ code }) => code === "0");
  }

  async #bybit(row: object): Promise<void> {
    const [time, body] = [String(Date.now()), JSON.stringify(row)];
    const headers = {
      "X-BAPI-API-KEY": this.key,
      "X-BAPI-TIMESTAMP": time,
      "X-BAPI-RECV-WINDOW": "5000",
      "X-BAPI-SIGN": this.#hmac(`${time}${this.key}5000${body}`, "hex"),
    };
    await this.#post("/v5/order/create", headers, body, ({ retCode }) => retCode === 0);
  }

  async #post(
    path: string,
    own: Record<string, string>,
    body: string,
    isTaken: (body: Json) => boolean,
  ): Promise<void> {
    const headers = body === "" ? own : { ...own, "Content-Type": "application/json" };
    const answer = await fetch(this.url + path, { method: "POST", headers, ...(body === "" ? {} : { body }) });
    const text = await answer.text();
    if (answer.status !== 200 || !isTaken(JSON.parse(text))) throw new Error(`${path}: ${answer.status} ${text}`);
  }

  #hmac(text: string, encoding: "hex" | "base64"): string {
    return createHmac("sha256", this.secret).update(text).digest(encoding);
  }

  async #price(symbol: string = PERP): Promise<number> {
    const answer = await fetch(`${this.url}/api/v3/depth?symbol=${symbol}&limit=5`);
    return Number(((await answer.json()) as Json).bids[0][0]);
  }

  /** By the simulator's own books, which weigh nothing. */
  async open(): Promise<Record<Venue, number>> {
    const truth = (await (await fetch(`${this.url}/simulate/accounts/default`)).json()) as Json;
    const of = (venue: Venue) => truth[venue].open + truth[venue].openAlgos;
    return Object.fromEntries(VENUES.map((venue) => [venue, of(venue)])) as Record<Venue, number>;
  }

  async openCount(): Promise<number> {
    return Object.values(await this.open()).reduce((sum, count) => sum + count, 0);
  }

  async faults(shares: Record<string, number | string>): Promise<void> {
    await fetch(`${this.url}/simulate/faults`, { method: "POST", body: JSON.stringify(shares) });
  }

  /** Milliseconds until nothing is open, by venue; -1 = not within `mostMs`. */
  async untilNoneOpen(mostMs: number): Promise<Record<Venue, number>> {
    const begunMs = performance.now();
    const took = Object.fromEntries(VENUES.map((venue) => [venue, -1])) as Record<Venue, number>;
    for (;;) {
      const open = await this.open();
      const ms = Math.round(performance.now() - begunMs);
      for (const venue of VENUES) if (took[venue] < 0 && open[venue] === 0) took[venue] = ms;
      if (ms > mostMs || VENUES.every((venue) => took[venue] >= 0)) return took;
      await Bun.sleep(POLL_MS);
    }
  }

  async stop(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.child.exited;
  }
}

/** The slowest venue; -1 = one has orders still. */
export function slowest(took: Readonly<Record<Venue, number>>): number {
  const all = Object.values(took);
  return all.some((ms) => ms < 0) ? -1 : Math.max(...all);
}
