/** Test support: OKX's private messages into records, with what is sent back to nobody; messages as the venue writes them. */

import { clientOrderId } from "../../model/client_order_id.ts";
import type { Instrument } from "../../model/instrument.ts";
import type { TradingRecord } from "../../model/record.ts";
import type { VenueAnswer } from "../wire/live_answer.ts";
import { OwnIds } from "../wire/order_ids.ts";
import type { Heard } from "../wire/private_link.ts";
import { ReportBuilder } from "../wire/report_builder.ts";
import { ASSETS, SPOT, SWAP, testInstrument } from "./gateway_rig.testing.ts";
import { PrivateReader } from "./private_reader.ts";

export const IDS = new OwnIds(1, 5, (order) => (order < 100 ? 4 : undefined));
/** An order of ours: 123. */
export const OWN = clientOrderId(1, 5, 7, 123);

export class PrivateRig {
  readonly told: TradingRecord[] = [];
  readonly answers: (readonly [number, VenueAnswer])[] = [];
  readonly refused: VenueAnswer[] = [];
  readonly said: string[] = [];
  readonly moved: string[] = [];
  readonly builder: ReportBuilder;
  readonly reader: PrivateReader;

  /** `takesAll`: any symbol is one of ours, with as many decimals as a venue may write. */
  constructor(readonly takesAll = false) {
    const parts = {
      account: 3,
      instrument: (symbol: string) => this.#instrument(symbol),
      assetId: (code: string) => (ASSETS.includes(code) ? ASSETS.indexOf(code) : undefined),
      ids: IDS,
    };
    this.builder = new ReportBuilder(parts, (record) => this.told.push(record));
    this.reader = new PrivateReader({
      builder: this.builder,
      answer: (id, answer) => this.answers.push([id, answer]),
      cashMoved: (event) => this.moved.push(event),
      refused: (answer) => this.refused.push(answer),
    });
  }

  hear(message: unknown): Heard {
    const text = typeof message === "string" ? message : JSON.stringify(message);
    return this.reader.text(text, 9, (said) => this.said.push(said) > 0);
  }

  order(row: object): TradingRecord[] {
    this.hear({ arg: { channel: "orders", instType: "ANY", uid: "1" }, data: [row] });
    return this.told.splice(0);
  }

  aside(): string[] {
    return [...this.builder.stats.aside().keys()];
  }

  #instrument(symbol: string): Instrument | undefined {
    if (this.takesAll && symbol !== "") {
      const id = symbol.endsWith("-SWAP") ? SWAP : SPOT;
      return { ...testInstrument(id), venueSymbol: symbol, priceScale: 8, qtyScale: 8, contractScale: 0 };
    }
    return [SPOT, SWAP].map(testInstrument).find(({ venueSymbol }) => venueSymbol === symbol);
  }
}

export const LIVE = {
  ...{ instType: "SPOT", instId: "BTC-USDT", ordId: "2497956918703120384", clOrdId: OWN, side: "buy", posSide: "" },
  ...{
    px: "60000.1",
    sz: "0.5",
    ordType: "limit",
    state: "live",
    accFillSz: "0",
    fillSz: "0",
    fillPx: "",
    tradeId: "",
  },
  ...{ fillFee: "0", fillFeeCcy: "", fillTime: "", execType: "", fee: "0", feeCcy: "BTC", cancelSource: "" },
  ...{ amendResult: "", reqId: "", code: "0", msg: "", uTime: "1700000000123", cTime: "1700000000000", tgtCcy: "" },
};
export const FILLED = {
  ...{ ...LIVE, state: "partially_filled", accFillSz: "0.3", fillSz: "0.2", fillPx: "60000", tradeId: "77" },
  ...{ fillFee: "-0.0002", fillFeeCcy: "BTC", fillTime: "1700000000120", execType: "T", fee: "-0.0003" },
};
