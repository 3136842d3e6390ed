/** A live account that is met for the first time: what moved before its opening balances were stated is in them, and counts once. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { CASH_SCALE, wideText } from "../core/decimal.ts";
import { Wide } from "../core/wide.ts";
import { until } from "../exchange/book_client.testing.ts";
import { InstrumentTable } from "../model/instrument.ts";
import { RecordKind, StreamState, TradingRecord } from "../model/record.ts";
import { gatewayLimitsOf } from "../venue/bybit/gateway_limits.ts";
import { ASSETS, stillSimulator, testGateway, testInstrument } from "../venue/bybit/gateway_rig.testing.ts";
import { livePorts, nowUs } from "../venue/wire/live_ports.testing.ts";
import { OwnIds } from "../venue/wire/order_ids.ts";
import { LiveAccount } from "./live_account.ts";

setDefaultTimeout(60_000);

const { cash } = gatewayLimitsOf("spot");
const QUICK = { cash: { ...cash, everyUs: 100_000 }, walletUs: 20_000 };
const said = ({ amountHi, amountLo }: Readonly<TradingRecord>) =>
  wideText(Object.assign(new Wide(), { hi: amountHi, lo: amountLo }), CASH_SCALE);

test("a deposit between the stream's start and the opening balances is in these alone; one after them is told", async () => {
  const simulator = await stillSimulator("spot");
  const told: TradingRecord[] = [];
  const opening = new Map<number, string>();
  let isPrepared = false;
  let isFunded = false;
  const table = new InstrumentTable();
  table.define(testInstrument("spot", 0, "BTC"));
  const host = {
    isAllowed: true,
    nowUs,
    isPrepared: () => isPrepared,
    assets: () => undefined,
    isFunded: () => isFunded,
    fund: (stated: readonly Readonly<TradingRecord>[]) => {
      isFunded = true;
      for (const each of stated) opening.set(each.asset, said(each));
    },
    openOrders: () => undefined,
    instrumentName: String,
    problem: () => undefined,
  };
  const lane = { put: (record: Readonly<TradingRecord>) => told.push(new TradingRecord().copyFrom(record)) > 0 };
  const ids = new OwnIds(1, 1);
  const common = { ids, instruments: table, poll: () => undefined, problem: () => undefined };
  const account = new LiveAccount("desk", lane, host, (sink) =>
    testGateway("spot", simulator, livePorts(ASSETS, { ...common, sink }), { limits: QUICK }),
  );
  const timer = setInterval(() => account.turn(nowUs()), 5);
  const moved = () => told.filter(({ kind }) => kind === RecordKind.CashMoved).map(said);
  try {
    account.start();
    expect(await until(() => account.status().figures.isUp, 10_000)).toBe(true);
    await Bun.sleep(20);
    expect(simulator.trading?.deposit("ann", "bybit", "USDT", "7")).toBeUndefined();
    await Bun.sleep(500); // Several looks at the log.
    isPrepared = true;
    const isTold = () => told.some(({ kind, code }) => kind === RecordKind.StreamChanged && code === StreamState.Up);
    expect(await until(isTold, 10_000)).toBe(true);
    expect(opening.get(ASSETS.indexOf("USDT"))).toBe("1000007");
    await Bun.sleep(200); // By more than clocks may be apart.
    expect(simulator.trading?.deposit("ann", "bybit", "USDT", "9")).toBeUndefined();
    expect(await until(() => moved().includes("9"), 10_000)).toBe(true);
    await Bun.sleep(300);
    expect(moved()).toEqual(["9"]);
  } finally {
    clearInterval(timer);
    account.stop();
    await simulator.stop();
  }
});
