/** Test support: Bybit's private messages into records, with what is answered to nobody; messages as the venue writes them. */

import { clientOrderId } from "../../model/client_order_id.ts";
import type { Instrument } from "../../model/instrument.ts";
import type { TradingRecord } from "../../model/record.ts";
import { OwnIds } from "../wire/order_ids.ts";
import { Heard } from "../wire/private_link.ts";
import { ReportBuilder } from "../wire/report_builder.ts";
import type { Category } from "./category.ts";
import { testInstrument } from "./gateway_rig.testing.ts";
import { OrderTerms } from "./order_terms.ts";
import { readPrivate } from "./private_reader.ts";
import { ReportRows } from "./private_reports.ts";

export const ASSETS = ["USDT", "BTC", "ETH"];
/** An order of ours: 123. */
export const OWN = clientOrderId(1, 5, 7, 123);

export class PrivateRig {
  readonly told: TradingRecord[] = [];
  readonly answers: string[] = [];
  funded = 0;
  readonly builder: ReportBuilder;
  readonly terms = new OrderTerms(100);
  readonly rows: ReportRows;

  constructor(
    readonly category: Category,
    /** Any symbol is one of ours, with as many decimals as a venue may write. */
    readonly takesAll = false,
  ) {
    const parts = {
      account: 3,
      instrument: (symbol: string) => this.#instrument(symbol),
      assetId: (code: string) => (ASSETS.includes(code) ? ASSETS.indexOf(code) : undefined),
      ids: new OwnIds(1, 5),
    };
    this.builder = new ReportBuilder(parts, (record) => this.told.push(record));
    this.rows = new ReportRows(category, this.builder, this.terms, () => {
      this.funded++;
    });
  }

  text(text: string): Heard {
    const answer = (what: string) => {
      this.answers.push(what);
      return Heard.Data;
    };
    return readPrivate(text, {
      stats: this.builder.stats,
      row: (topic, row) => this.rows.read(topic, row, 9),
      login: () => answer("login"),
      subscribed: () => answer("subscribed"),
      answer: () => void answer("order"),
    });
  }

  say(topic: string, ...rows: object[]): TradingRecord[] {
    this.text(JSON.stringify({ topic, creationTime: 1, data: rows }));
    return this.told.splice(0);
  }

  aside(): string[] {
    return [...this.builder.stats.aside().keys()];
  }

  #instrument(symbol: string): Instrument | undefined {
    const own = testInstrument(this.category, 0, "BTC");
    if (this.takesAll && symbol !== "") return { ...own, venueSymbol: symbol, priceScale: 8, qtyScale: 8 };
    return symbol === "BTCUSDT" ? own : undefined;
  }
}

export const ORDER = {
  ...{ category: "linear", symbol: "BTCUSDT", orderId: "o-1", orderLinkId: OWN, side: "Buy", positionIdx: 0 },
  ...{ orderStatus: "New", cancelType: "UNKNOWN", rejectReason: "EC_NoError", timeInForce: "GTC", orderType: "Limit" },
  ...{ price: "60000.10", qty: "0.500", leavesQty: "0.500", cumExecQty: "0.000", avgPrice: "", reduceOnly: false },
  ...{ stopOrderType: "", triggerPrice: "", createdTime: "1700000000000", updatedTime: "1700000000500" },
};
export const EXECUTION = {
  ...{ category: "linear", symbol: "BTCUSDT", execId: "7e2ae69c-4edf-5800-a352-893d52b446aa", orderId: "o-1" },
  ...{ orderLinkId: OWN, execPrice: "60000.05", execQty: "0.200", execValue: "12000.01", execFee: "6.6000055" },
  ...{ feeCurrency: "", execType: "Trade", isMaker: true, side: "Buy", execTime: "1700000000600", leavesQty: "0.3" },
};
