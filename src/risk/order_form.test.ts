/** The form of special terms, alone and in the gate: what is held passes without a position, and is refused under a kill. */

import { describe, expect, test } from "bun:test";
import { Denial } from "../model/denial.ts";
import type { Instrument } from "../model/instrument.ts";
import { InstrumentKind, OrderFlag, OrderType, Side, TimeInForce } from "../model/order.ts";
import { RecordKind, TradingRecord } from "../model/record.ts";
import { checkTerms } from "./order_form.ts";

const INSTRUMENT = { tick: 10, lot: 5, kind: InstrumentKind.Spot } as Instrument;

function check(fields: Partial<TradingRecord>): string {
  const base = {
    side: Side.Sell,
    orderType: OrderType.StopMarket,
    timeInForce: TimeInForce.Gtc,
    qty: 50,
    triggerPrice: 100,
  };
  const record = Object.assign(new TradingRecord().reset(RecordKind.OrderIntent), base, fields);
  return Denial[checkTerms(record, INSTRUMENT, 1_000)] ?? "";
}

describe("terms of orders", () => {
  const cases: [string, Partial<TradingRecord>, string][] = [
    ["a stop", {}, "None"],
    ["off the tick", { triggerPrice: 105 }, "TriggerInvalid"],
    ["none", { triggerPrice: 0 }, "TriggerInvalid"],
    ["negative", { triggerPrice: -10 }, "TriggerInvalid"],
    ["no number", { triggerPrice: Number.NaN }, "TriggerInvalid"],
    ["on a limit order", { orderType: OrderType.Limit }, "TriggerInvalid"],
    [
      "kept by what was triggered",
      { orderType: OrderType.Market, flags: OrderFlag.Emulated | OrderFlag.Triggered },
      "None",
    ],
    ["trailing by price", { orderType: OrderType.TrailingStop, trailOffset: 30 }, "None"],
    ["trailing at once", { orderType: OrderType.TrailingStop, trailOffset: 30, triggerPrice: 0 }, "None"],
    ["trailing off the tick", { orderType: OrderType.TrailingStop, trailOffset: 35 }, "TrailInvalid"],
    ["trailing by bps", { orderType: OrderType.TrailingStop, trailOffset: 35, flags: OrderFlag.TrailBps }, "None"],
    [
      "trailing 100 %",
      { orderType: OrderType.TrailingStop, trailOffset: 1e6, flags: OrderFlag.TrailBps },
      "TrailInvalid",
    ],
    ["a distance on a stop", { trailOffset: 30 }, "TrailInvalid"],
    ["iceberg", { orderType: OrderType.Limit, triggerPrice: 0, displayQty: 10 }, "None"],
    ["iceberg off the lot", { orderType: OrderType.Limit, triggerPrice: 0, displayQty: 11 }, "DisplayInvalid"],
    ["iceberg larger than itself", { orderType: OrderType.Limit, triggerPrice: 0, displayQty: 55 }, "DisplayInvalid"],
    ["iceberg at the market", { displayQty: 10 }, "DisplayInvalid"],
    ["an end", { expireUs: 1_001 }, "None"],
    ["an end that is over", { expireUs: 1_000 }, "ExpireInvalid"],
    ["gtd without an end", { timeInForce: TimeInForce.Gtd }, "ExpireInvalid"],
    [
      "ioc with an end",
      { orderType: OrderType.Limit, triggerPrice: 0, timeInForce: TimeInForce.Ioc, expireUs: 2e3 },
      "ExpireInvalid",
    ],
    ["no type", { orderType: 0 }, "UnsupportedType"],
    ["an unknown type", { orderType: 8 }, "UnsupportedType"],
  ];
  for (const [name, fields, denial] of cases) test(name, () => expect(check(fields)).toBe(denial));
});
