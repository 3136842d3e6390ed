/** Test support: Binance's private messages into records, with what is sent back to nobody; messages as the venue writes them. */

import { clientOrderId } from "../../model/client_order_id.ts";
import type { Instrument } from "../../model/instrument.ts";
import type { TradingRecord } from "../../model/record.ts";
import type { Fields } from "../wire/fields.ts";
import { OwnIds } from "../wire/order_ids.ts";
import { Heard } from "../wire/private_link.ts";
import { ReportBuilder } from "../wire/report_builder.ts";
import { testInstrument } from "./gateway_rig.testing.ts";
import { PrivateReader } from "./private_reader.ts";

const ASSETS = ["USDT", "BTC", "ETH", "BNB"];
export const IDS = new OwnIds(1, 5, (order) => (order < 100 ? 4 : undefined));

export class PrivateRig {
  readonly told: TradingRecord[] = [];
  readonly answers: Fields[] = [];
  readonly builder: ReportBuilder;
  readonly reader: PrivateReader;

  constructor(
    readonly market: "spot" | "usdm",
    /** Any symbol is one of ours, with as many decimals as a venue may write. */
    readonly takesAll = false,
  ) {
    const parts = {
      account: 3,
      instrument: (symbol: string) => this.#instrument(symbol),
      assetId: (code: string) => (ASSETS.includes(code) ? ASSETS.indexOf(code) : undefined),
      ids: IDS,
    };
    this.builder = new ReportBuilder(parts, (record) => this.told.push(record));
    this.reader = new PrivateReader(market, this.builder, (message) => {
      this.answers.push(message);
      return Heard.Data;
    });
  }

  say(message: unknown): TradingRecord[] {
    this.reader.text(JSON.stringify(message), 9);
    return this.told.splice(0);
  }

  aside(): string[] {
    return [...this.builder.stats.aside().keys()];
  }

  #instrument(symbol: string): Instrument | undefined {
    if (this.takesAll && symbol !== "") {
      return { ...testInstrument(this.market, 0, "BTC"), venueSymbol: symbol, priceScale: 8, qtyScale: 8 };
    }
    return symbol === "BTCUSDT" ? testInstrument(this.market, 0, "BTC") : undefined;
  }
}

/** An order of ours: 123. */
export const OWN = clientOrderId(1, 5, 7, 123);
export const REPORT = {
  ...{ e: "executionReport", E: 1_700_000_000_500, s: "BTCUSDT", c: OWN, S: "BUY", o: "LIMIT", f: "GTC" },
  ...{ q: "0.50000000", p: "60000.10000000", P: "0.00000000", F: "0.00000000", g: -1, C: "", x: "NEW", X: "NEW" },
  ...{
    r: "NONE",
    i: 4_293_153,
    l: "0.00000000",
    z: "0.00000000",
    L: "0.00000000",
    n: "0",
    N: null,
    t: -1,
    I: 8_641_984,
  },
  ...{ T: 1_700_000_000_499, w: true, m: false, M: false, O: 1_700_000_000_499, Z: "0.00000000", Y: "0.00000000" },
};
export const TRADE = {
  ...{ ...REPORT, x: "TRADE", X: "PARTIALLY_FILLED", l: "0.20000000", z: "0.30000000", L: "60000.05000000" },
  ...{ t: 77, Y: "12000.01000000", n: "0.00020000", N: "BTC", m: true },
};

const ORDER = {
  ...{ s: "BTCUSDT", c: OWN, S: "SELL", o: "LIMIT", f: "GTC", q: "0.5", p: "60000.10", ap: "0", sp: "0", x: "NEW" },
  ...{ X: "NEW", i: 8_886_774, l: "0", z: "0", L: "0", T: 1_700_000_000_499, t: 0, m: false, R: false, ps: "BOTH" },
};
export const usdm = (o: object) => ({
  e: "ORDER_TRADE_UPDATE",
  E: 1_700_000_000_500,
  T: 1_700_000_000_499,
  o: { ...ORDER, ...o },
});
