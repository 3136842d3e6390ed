/** A few kill -9 of the gateway under load, from source; `npm run test:crash` makes many, of the executable. */

import { expect, test } from "bun:test";
import { SOURCE_COMMAND } from "../e2e/gateway_process.testing.ts";
import { Claims } from "./crash_claims.ts";
import { CrashRun } from "./crash_run.ts";

test("8 kills under load: what was acknowledged is there, none twice, every hash the same", async () => {
  const report = await new CrashRun({ seed: 1, kills: 8, command: SOURCE_COMMAND }).run();
  process.stdout.write(`  ${JSON.stringify(report)}\n`);
  expect(report.breaks).toEqual([]);
  expect(report.ordersShown).toBeGreaterThan(50);
  expect(report.executionsShown).toBeGreaterThan(5);
  expect(report.hashesChecked).toBeGreaterThan(5);
  expect(report.streamed).toBeGreaterThan(20);
  expect(report.asked).toBeGreaterThan(50);
}, 60_000);

test("the check can fail: an order that changes, an end that changes, an execution that changes", () => {
  const claims = new Claims();
  const order = { id: 1, side: "buy", filledQty: "0.5", terminal: true, state: "filled", updated: { us: 1 } };
  claims.showOrder(order);
  claims.showOrder({ ...order });
  claims.showExecution({ record: 1, qty: "1" });
  expect(claims.breaks).toEqual([]);
  claims.showOrder({ ...order, side: "sell" });
  claims.showOrder({ ...order, filledQty: "0.4" });
  claims.showOrder({ ...order, state: "canceled" });
  claims.showExecution({ record: 1, qty: "2" });
  expect(claims.breaks.length).toBeGreaterThanOrEqual(4);
});
