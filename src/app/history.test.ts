/** History and what is live say the same: rows of a real SQLite against the read model's own views; history_store.ts. */

import { describe, expect, test } from "bun:test";
import { HistoryViews } from "../control/history_view.ts";
import { QuoteReader } from "../control/market_view.ts";
import { MoneyViews } from "../control/money_view.ts";
import { OrderViews } from "../control/order_view.ts";
import { wideText } from "../core/decimal.ts";
import type { Wide } from "../core/wide.ts";
import { isTerminal } from "../model/order.ts";
import { MarketBoard } from "../ring/board.ts";
import { follow, journaled, NODE, projectorOf, SMALL, sqlite } from "./projector.testing.ts";

const LIMITS = { ...SMALL, ordersMax: 1_024, fillsMax: 4_096 };

describe("history", () => {
  test("orders, executions, positions and balances equal the live views", async () => {
    let busted = 0;
    for (let seed = 41; seed <= 46; seed++) {
      const { dir, records, image } = journaled(seed, 1_200, LIMITS, 30);
      const store = sqlite(dir);
      await follow(projectorOf(store, dir, { batchRecords: 70, limits: LIMITS }), records.length);
      const names = new OrderViews(image.state, image.control, NODE, () => 1);
      const board = new MarketBoard(new SharedArrayBuffer(MarketBoard.bytes(LIMITS.instrumentsMax)));
      const money = new MoneyViews(image.state, new QuoteReader(image.state, board), names);
      const views = new HistoryViews(names);

      const { orders } = image.state;
      const rows = await store.scan("orders", 100_000);
      expect(rows.map(({ id }) => id)).toEqual(Array.from({ length: orders.nextOrder - 1 }, (_, n) => n + 1));
      let ended = 0;
      for (const row of rows) {
        const live = names.order(row.id);
        if (live === undefined) continue;
        expect(views.order(row)).toEqual(live);
        const { leavesQty, ...rest } = views.endedOrder(row);
        const { leavesQty: liveLeaves, ...liveRest } = live;
        // The read model forgets when an old order was touched last once others have come; the store does not.
        const isRemembered = image.control.orderUpdatedUs(row.id) !== 0;
        expect(rest).toEqual(isRemembered ? liveRest : { ...liveRest, updated: rest.updated });
        if (!isTerminal(orders.state(row.id))) continue;
        expect(leavesQty).toBe(liveLeaves);
        ended++;
      }
      expect(ended).toBeGreaterThan(10);

      const { fills } = image.control;
      const live = Array.from({ length: fills.count - fills.first }, (_, n) => fills.at(fills.first + n));
      const executions = await store.scan("executions", 100_000);
      expect(executions.map((row) => views.execution(row))).toEqual(
        live.filter((fill) => fill !== undefined).map((fill) => names.execution(fill)),
      );
      busted += executions.filter((row) => row.busted).length;

      const market = {
        markPrice: null,
        unrealizedPnl: null,
        leverage: null,
        initialMargin: null,
        maintenanceMargin: null,
      };
      const byKey = (a: { account: string; instrument: string }, b: typeof a) =>
        `${a.account}/${a.instrument}` < `${b.account}/${b.instrument}` ? -1 : 1;
      expect(views.positions(await store.positions()).sort(byKey)).toEqual(
        money
          .positions()
          .map((view) => ({ ...view, ...market }))
          .sort(byKey),
      );

      const { ledger } = image.state;
      const balances = new Map((await store.balances()).map((row) => [`${row.account}/${row.asset}`, row.total]));
      for (const row of ledger.cashRows()) {
        const asset = ledger.assetCode(row.asset) as string;
        const total = wideText(row.total as Wide, 18);
        if (total !== "0") expect(`${asset} ${balances.get(`${row.account}/${asset}`)}`).toBe(`${asset} ${total}`);
        const { items } = await store.balanceHistory({ account: row.account, asset, limit: 1 });
        if (total !== "0") expect(items[0]?.total).toBe(total);
      }
      await store.close();
    }
    expect(busted).toBeGreaterThan(3);
  });
});
