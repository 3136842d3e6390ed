/** Numbers that stand for instruments in requests over sockets, asked for when an instrument is first met. */

import type { Instrument } from "../../model/instrument.ts";
import { Fields } from "../wire/fields.ts";
import type { RestAsk } from "../wire/live_answer.ts";
import type { LiveBudget, LiveHost } from "../wire/live_dialect.ts";
import { instType } from "./row_fields.ts";

export class InstrumentCodes {
  readonly #codes = new Map<string, number>();
  /** By symbol: when it may be asked for again. */
  readonly #askedUs = new Map<string, number>();

  constructor(
    readonly host: Pick<LiveHost, "nowUs" | "call">,
    readonly budget: LiveBudget,
    readonly againUs: number,
  ) {}

  /** Undefined until the venue has told it: such a request goes by REST, which takes names. */
  of(instrument: Instrument): number | undefined {
    const { venueSymbol } = instrument;
    const known = this.#codes.get(venueSymbol);
    if (known === undefined) this.#ask(instrument, this.host.nowUs());
    return known;
  }

  #ask(instrument: Instrument, nowUs: number): void {
    const { venueSymbol } = instrument;
    if (nowUs < (this.#askedUs.get(venueSymbol) ?? 0) || !this.budget.takeQuery(1, nowUs)) return;
    this.#askedUs.set(venueSymbol, nowUs + this.againUs);
    this.host.call(listingAsk(instrument), ({ isOk, value }) => {
      const rows = isOk && Array.isArray(value) ? value.map((each) => Fields.of(each)) : [];
      const row = rows.find((each) => each.text("instId", "") === venueSymbol);
      const code = row?.source["instIdCode"];
      const text = typeof code === "number" ? String(code) : code;
      if (typeof text === "string" && /^[1-9]\d{0,14}$/.test(text))
        this.#codes.set(venueSymbol, Number.parseInt(text, 10));
    });
  }
}

function listingAsk(instrument: Instrument): RestAsk {
  return {
    method: "GET",
    path: "/api/v5/public/instruments",
    params: [
      ["instType", instType(instrument)],
      ["instId", instrument.venueSymbol],
    ],
    security: "none",
    weight: 1,
  };
}
