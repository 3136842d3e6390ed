/** Cards of what reconciliation asks. */

import { Side } from "../model/order.ts";
import { Evidence, RecordKind as K, type TradingRecord, VenueOrderStatus } from "../model/record.ts";
import { FEE_RATE_SCALE } from "../venue/wire/fee_desk.ts";
import type { OrdersCardSpec } from "./card.ts";
import { holds, same, skip, within } from "./judge.ts";
import { big, status } from "./order_card.ts";

const FEES_MS_MAX = 10_000;
/** Venues round fees to eight decimals; at 10^-18. */
const ROUNDING = 10_000_000_000n;

export const QUESTION_CARDS: readonly OrdersCardSpec[] = [
  {
    number: "V20",
    group: "questions",
    title: "an order query knows what lives and what has ended, and says of the rest that it is not found",
    async run(card) {
      const open = card.place();
      await card.settle();
      same(status(await card.order(open)), ["Open", 0], "an open order");
      const none = { order: 4_000_000 };
      same(VenueOrderStatus[(await card.order(none.order)).code], "NotFound", "an order that never was");
      const history = await card.order(none.order, "orderHistory");
      same(VenueOrderStatus[history.code], "NotFound", "the same in the history");
    },
  },
  {
    number: "V21",
    group: "questions",
    title: "the order history agrees with the order query about what has ended",
    async run(card) {
      const canceled = card.place();
      const filled = card.take();
      await card.settle();
      card.cancel(canceled);
      await card.settle();
      for (const order of [canceled, filled]) {
        const now = status(await card.order(order));
        same(status(await card.order(order, "orderHistory")), now, "history and query of one order");
      }
    },
  },
  {
    number: "V22",
    group: "questions",
    title: "open orders: all of them, only them, by instrument",
    async run(card) {
      const [first, second] = [card.place(), card.place()];
      card.take();
      await card.settle();
      const { instrument, quietInstrument } = card.venue;
      const all = await card.openOrders();
      same(
        all.map((r) => r.order).sort((a, b) => a - b),
        [first, second],
        "open orders",
      );
      holds(
        all.every((r) => r.code === VenueOrderStatus.Open && r.evidence === Evidence.OpenOrders),
        "an open order that is stated as something else",
      );
      same((await card.openOrders(instrument)).length, 2, "open orders of the instrument");
      same(await card.openOrders(quietInstrument), [], "open orders of another instrument");
    },
  },
  {
    number: "V23",
    group: "questions",
    title: "what was sent before the question is not not-found",
    async run(card) {
      const order = card.place();
      const id = card.send({ kind: "order", order, clientOrderId: "", instrument: card.venue.instrument });
      const stated = (await card.settle()).filter((r) => r.kind === K.StatedOrder && r.attempt === id);
      same(
        stated.map((r) => VenueOrderStatus[r.code]),
        ["Open"],
        "what was stated",
      );
    },
  },
  {
    number: "V24",
    group: "questions",
    title: "the trade history tells the same fills under the same ids, by order and by time",
    async run(card) {
      const order = card.take();
      const fills = card.fillsOf(await card.told(order));
      card.take();
      await card.settle();
      const { instrument, quietInstrument } = card.venue;
      const facts = (r: TradingRecord) => [r.fillId, r.qty, r.price, r.side, r.venueOrderId];
      const money = (r: TradingRecord) => [r.asset, r.amountHi, r.amountLo, r.feeAsset, r.feeHi, r.feeLo];
      const found = await card.ask({ kind: "fills", instrument, order, sinceUs: 0 });
      same(found.map(facts), fills.map(facts), "fills of one order, history against stream");
      same(found.map(money), fills.map(money), "their money and fees, history against stream");
      const all = await card.ask({ kind: "fills", instrument, order: 0, sinceUs: 0 });
      holds(all.length > fills.length, "the history of all orders has no more than that of one");
      const lastUs = all.at(-1)?.exchangeTimeUs as number;
      same(await card.ask({ kind: "fills", instrument, order: 0, sinceUs: lastUs + 1 }), [], "fills after the last");
      const quiet = await card.ask({ kind: "fills", instrument: quietInstrument, order: 0, sinceUs: 0 });
      same(quiet, [], "fills of another instrument");
    },
  },
  {
    number: "V25",
    group: "questions",
    title: "positions are the sum of the fills, and absent when flat",
    async run(card) {
      same(await card.ask({ kind: "positions" }), [], "positions at first");
      if (!card.venue.hasPositions) return;
      const { bid, qty, instrument } = card.venue;
      card.take();
      await card.settle();
      const held = (await card.ask({ kind: "positions" })).map((r) => [r.instrument, r.side, r.qty]);
      same(held, [[instrument, Side.Buy, qty]], "the position (instrument, side, size)");
      card.take({ side: Side.Sell, price: bid });
      await card.settle();
      same(await card.ask({ kind: "positions" }), [], "positions when flat again");
    },
  },
  {
    number: "V26",
    group: "questions",
    title: "balances move by what the fills say, to the last unit",
    async run(card) {
      const before = await card.ask({ kind: "balances" });
      card.take();
      const fills = card.fillsOf(await card.settle());
      const paid = fills.reduce((total, fill) => total + big(fill.feeHi, fill.feeLo), 0n);
      const traded = fills.reduce((total, fill) => total + big(fill.amountHi, fill.amountLo), 0n);
      const asset = fills[0]?.asset as number;
      const feeInMoney = fills.every((fill) => fill.feeAsset === asset) ? paid : 0n;
      const cost = card.venue.hasPositions ? 0n : traded;
      const moved = balanceOf(before, asset) - balanceOf(await card.ask({ kind: "balances" }), asset);
      same(moved, cost + feeInMoney, "money that left the account, in 10^-18");
    },
  },
  {
    number: "V28",
    group: "questions",
    title:
      "every asset moves by exactly what the fills and their fees say: what was bought, what was paid, what the fee cost",
    async run(card) {
      const { assets, hasPositions } = card.venue;
      if (assets === undefined) skip("which assets the listing has is not known here");
      const before = await card.ask({ kind: "balances" });
      card.take();
      const fills = card.fillsOf(await card.settle());
      const after = await card.ask({ kind: "balances" });
      const all = new Set([...before, ...after].map((r) => r.asset));
      for (const fill of fills) all.add(fill.feeAsset);
      for (const asset of all) {
        let wanted = 0n;
        for (const fill of fills) {
          if (asset === assets.base && !hasPositions) wanted += BigInt(fill.qty) * 10n ** BigInt(18 - assets.qtyScale);
          if (asset === assets.quote && !hasPositions) wanted -= big(fill.amountHi, fill.amountLo);
          if (asset === fill.feeAsset) wanted -= big(fill.feeHi, fill.feeLo);
        }
        same(balanceOf(after, asset) - balanceOf(before, asset), wanted, `change of asset ${asset}, in 10^-18`);
      }
    },
  },
  {
    number: "V35",
    group: "questions",
    title: "what the venue charges is known before it is charged: a fill's fee is the taker's rate of what was traded",
    async run(card) {
      const { live, venue } = card;
      const { assets } = venue;
      if (assets === undefined) skip("which assets the listing has is not known here");
      live.probe(() => undefined);
      const rates = () => live.status().fees.find(({ instrument }) => instrument === venue.instrument);
      holds(await within(FEES_MS_MAX, () => rates() !== undefined), "the rates were not told");
      const { taker = 0 } = rates() ?? {};
      const fills = card.fillsOf(await card.told(card.take()));
      for (const fill of fills) {
        const isMoney = fill.feeAsset === fill.asset;
        if (!isMoney && fill.feeAsset !== assets.base) skip("the fee is paid in a third asset, at a discount");
        const traded = isMoney
          ? big(fill.amountHi, fill.amountLo)
          : BigInt(fill.qty) * 10n ** BigInt(18 - assets.qtyScale);
        const off = big(fill.feeHi, fill.feeLo) - (traded * BigInt(taker)) / 10n ** BigInt(FEE_RATE_SCALE);
        holds(off <= ROUNDING && off >= -ROUNDING, `the fee is ${off} off what the rate says, in 10^-18`);
      }
    },
  },
];

/** Free and locked together. */
function balanceOf(rows: readonly TradingRecord[], asset: number): bigint {
  const of = rows.filter((r) => r.asset === asset);
  return of.reduce((total, r) => total + big(r.amountHi, r.amountLo), 0n);
}
