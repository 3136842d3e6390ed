/** Updates of the core as messages of the private topics: which topic, and its rows. */

import { magnitude, plain, textOf, ZERO } from "../trading/amount.ts";
import type { Update } from "../trading/update.ts";
import type { Category } from "./listing.ts";
import type { Words } from "./words.ts";

/** `topic` without a category; those who asked for one category get only its own. */
export interface Event {
  readonly topic: "order" | "execution" | "execution.fast" | "position" | "wallet";
  readonly category: Category | undefined;
  readonly row: Readonly<Record<string, unknown>>;
}

/** In an order that nobody may rely on between topics. */
export function eventsOf(words: Words, update: Update): Event[] {
  const { venue } = words;
  const account = venue.account(update.account);
  const { order, fill, cause, happening } = update;
  const events: Event[] = [];
  if (order !== undefined) {
    const { category } = words.listed(order.symbol);
    if (fill !== undefined) {
      words.note(order, fill);
      events.push({ topic: "execution.fast", category, row: words.fastRow(fill) });
      events.push({ topic: "execution", category, row: words.executionRow(fill, order) });
    }
    if (happening === "triggered") events.push({ topic: "order", category, row: words.orderRow(order, "Triggered") });
    events.push({ topic: "order", category, row: words.orderRow(order) });
  }
  if (cause === "funding") events.push(...fundingEvents(words, update));
  for (const { symbol, side } of update.positions) {
    const row = words.positionRow(account, venue.positions.of(update.account, symbol, side));
    events.push({ topic: "position", category: "linear", row });
  }
  if (cause === "leverage" && update.symbol !== undefined) {
    const side = account.isHedged ? "long" : "both";
    const row = words.positionRow(account, venue.positions.of(update.account, update.symbol, side));
    events.push({ topic: "position", category: "linear", row });
  }
  if (update.assets.length > 0) {
    events.push({ topic: "wallet", category: undefined, row: words.walletRow(account, update.assets) });
  }
  return events;
}

/** Funding comes as an execution that is no trade. */
function fundingEvents(words: Words, update: Update): Event[] {
  const { symbol, delta } = update;
  if (symbol === undefined || delta === undefined) return [];
  const { instrument, symbol: name } = words.listed(symbol);
  const held = words.venue.positions.all(update.account, symbol).filter(({ qty }) => qty !== ZERO);
  return held.slice(0, 1).map(({ qty }) => ({
    topic: "execution",
    category: "linear",
    row: {
      category: "linear",
      symbol: name,
      execId: words.ids.message(update.timeMs),
      execType: "Funding",
      execQty: textOf(magnitude(qty), instrument.qtyDecimals),
      execFee: plain(-delta.amount),
      feeCurrency: delta.asset,
      side: qty > ZERO ? "Buy" : "Sell",
      orderType: "UNKNOWN",
      orderId: "",
      orderLinkId: "",
      isMaker: false,
      execTime: String(update.timeMs),
      seq: update.timeMs,
    },
  }));
}
