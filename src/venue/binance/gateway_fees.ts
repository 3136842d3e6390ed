/** What Binance charges: of spot with taxes and extras, and without the discount for paying in BNB; of USD-M as it is said. */

import type { Instrument } from "../../model/instrument.ts";
import { FEE_RATE_SCALE, type FeeAsk, type FeeRates } from "../wire/fee_desk.ts";
import { Fields } from "../wire/fields.ts";
import type { BinanceMarket } from "./fast_path.ts";

const WEIGHT = 20;
/** All are charged together. The special one is there for some accounts and symbols only. */
const PARTS: readonly string[] = Object.freeze(["standardCommission", "taxCommission", "specialCommission"]);

export function feeAsk(market: BinanceMarket, { venueSymbol }: Instrument): FeeAsk {
  const path = market === "spot" ? "/api/v3/account/commission" : "/fapi/v1/commissionRate";
  return {
    ask: { method: "GET", path, params: [["symbol", venueSymbol]], security: "signed", weight: WEIGHT },
    read: (value) => {
      const answer = Fields.of(value);
      const symbol = answer.text("symbol");
      if (answer.bad !== "") return `field ${answer.bad}`;
      if (symbol !== venueSymbol) return `symbol ${symbol}`;
      return market === "spot" ? spotRates(answer) : usdmRates(answer);
    },
  };
}

function usdmRates(answer: Fields): FeeRates | string {
  const maker = answer.signed("makerCommissionRate", FEE_RATE_SCALE);
  const taker = answer.signed("takerCommissionRate", FEE_RATE_SCALE);
  return answer.bad === "" ? { maker, taker, discountAsset: "" } : `field ${answer.bad}`;
}

/** A side may be charged by itself: the larger of both sides is counted. How much less BNB makes it is not read. */
function spotRates(answer: Fields): FeeRates | string {
  let maker = 0;
  let taker = 0;
  for (const name of PARTS) {
    if (name !== "standardCommission" && !answer.has(name)) continue;
    const part = answer.object(name);
    if (answer.bad !== "") return `field ${answer.bad}`;
    const [buyer, seller] = [part.signed("buyer", FEE_RATE_SCALE), part.signed("seller", FEE_RATE_SCALE)];
    maker += part.signed("maker", FEE_RATE_SCALE) + Math.max(buyer, seller);
    taker += part.signed("taker", FEE_RATE_SCALE) + Math.max(buyer, seller);
    if (part.bad !== "") return `field ${name}.${part.bad}`;
  }
  const discount = answer.has("discount") ? answer.object("discount") : new Fields({});
  const isEnabled = discount.flag("enabledForAccount") && discount.flag("enabledForSymbol");
  const discountAsset = isEnabled ? discount.text("discountAsset", "") : "";
  const bad = answer.bad || discount.bad;
  return bad === "" ? { maker, taker, discountAsset } : `field ${bad}`;
}
