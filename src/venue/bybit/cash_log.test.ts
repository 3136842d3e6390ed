/** Cash that no order moved, out of Bybit's transaction log: read alone, and with the simulator over cuts of the stream. */

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { CASH_SCALE, wideText } from "../../core/decimal.ts";
import type { Problem } from "../../core/problem.ts";
import { Wide } from "../../core/wide.ts";
import { until } from "../../exchange/book_client.testing.ts";
import type { BybitExchange } from "../../exchange/bybit/bybit_exchange.ts";
import type { Simulator } from "../../exchange/simulator.ts";
import { amount } from "../../exchange/trading/amount.ts";
import { CashCause } from "../../model/order.ts";
import { RecordKind as K, type TradingRecord } from "../../model/record.ts";
import type { RestAsk, VenueAnswer } from "../wire/live_answer.ts";
import { taking } from "../wire/live_rig.testing.ts";
import { ServerClock } from "../wire/server_clock.ts";
import { CashLog, LOG_PATH } from "./cash_log.ts";
import { GatewayBudget } from "./gateway_budget.ts";
import { FEES_PATH } from "./gateway_fees.ts";
import { gatewayLimitsOf } from "./gateway_limits.ts";
import { GatewayRig, stillSimulator } from "./gateway_rig.testing.ts";
import { PrivateRig } from "./private_rig.testing.ts";

setDefaultTimeout(60_000);

const SECOND_US = 1_000_000;
/** The clock of these tests stands here; what is looked for is not older than five seconds. */
const NOW_MS = 1_700_000_000_000;
const ROW = {
  ...{ id: "592324_XRPUSDT_1", symbol: "BTCUSDT", category: "linear", side: "Buy", type: "SETTLEMENT" },
  ...{ transactionTime: String(NOW_MS), currency: "USDT", funding: "-0.003676", fee: "0.00000000", cashFlow: "0" },
  ...{ change: "-0.003676", cashBalance: "5086.55", feeRate: "0.0001", tradeId: "534c0003", orderId: "1672128000-8" },
};
const row = (more: object) => ({ ...ROW, ...more });

const said = ({ amountHi, amountLo }: TradingRecord) =>
  wideText(Object.assign(new Wide(), { hi: amountHi, lo: amountLo }), CASH_SCALE);
const moves = (told: readonly TradingRecord[]) => told.map((r) => [r.code, r.fillId, said(r), r.instrument]);

/** A log that answers by type, page by page; undefined: a refusal. */
class Rig {
  readonly rig = new PrivateRig("linear");
  readonly asked: string[] = [];
  readonly problems: Problem[] = [];
  readonly log: CashLog;
  nowUs = NOW_MS * 1_000;
  hasRoom = true;

  constructor(
    readonly answers: Readonly<Record<string, (readonly object[] | undefined)[]>>,
    sinceMs = NOW_MS - 5_000,
  ) {
    const call = ({ params }: RestAsk, done: (answer: VenueAnswer) => void) => {
      const { type = "", startTime, endTime, cursor = "" } = Object.fromEntries(params);
      const days = (Number(endTime) - Number(startTime)) / 86_400_000;
      this.asked.push(`${type}${cursor === "" ? "" : ` at ${cursor}`}${days > 1 ? ` of ${days.toFixed(0)} days` : ""}`);
      const pages = this.answers[type] ?? [];
      const list = pages.length === 0 ? [] : pages.shift();
      const value = list === undefined ? undefined : { list, nextPageCursor: pages.length === 0 ? "" : "a%3Db" };
      done({ isOk: list !== undefined, value, code: 0, msg: list === undefined ? "10005 denied" : "", isSent: true });
    };
    const ends = { builder: this.rig.builder, clock: new ServerClock(), nowUs: () => this.nowUs };
    const host = { ...ends, call, problem: (p: Problem) => this.problems.push(p) };
    this.log = new CashLog(host, gatewayLimitsOf("linear"), () => this.hasRoom, sinceMs);
  }

  /** Types that were asked for, so long after the last time. */
  after(seconds: number): string[] {
    this.nowUs += seconds * SECOND_US;
    for (let count = 0; count < 10; count++) this.log.tick(this.nowUs);
    return this.asked.splice(0);
  }

  told(): unknown[] {
    return moves(this.rig.told.splice(0));
  }
}

describe("rows", () => {
  test("funding by its contract, transfers, each once and with its sign, page by page and oldest first", () => {
    const transfer = { symbol: "", category: "", side: "None", funding: "", cashFlow: "100", change: "100" };
    const rig = new Rig({
      SETTLEMENT: [[row({ id: "c", change: "0.5", funding: "0.5" }), row({ id: "b" })], [row({ id: "a" })]],
      TRANSFER_IN: [[row({ ...transfer, id: "d", type: "TRANSFER_IN" })]],
      TRANSFER_OUT: [[row({ ...transfer, id: "e", type: "TRANSFER_OUT", cashFlow: "-7", change: "-7" })]],
    });
    rig.log.funded();
    expect(rig.after(0)).toEqual(["SETTLEMENT", "SETTLEMENT at a=b"]);
    expect(rig.told()).toEqual([
      [CashCause.Funding, "log-a", "-0.003676", 0],
      [CashCause.Funding, "log-b", "-0.003676", 0],
      [CashCause.Funding, "log-c", "0.5", 0],
    ]);
    rig.log.begin();
    expect(rig.after(0)).toEqual(["SETTLEMENT", "TRANSFER_IN", "TRANSFER_OUT", "INTEREST"]);
    expect(rig.told()).toEqual([
      [CashCause.Transfer, "log-d", "100", 0],
      [CashCause.Transfer, "log-e", "-7", 0],
    ]);
    // The same once more: it is told once.
    rig.answers["SETTLEMENT"]?.push([row({ id: "b" })]);
    expect(rig.after(10)).toEqual(["SETTLEMENT", "TRANSFER_IN", "TRANSFER_OUT", "CURRENCY_BUY"]);
    expect([rig.told(), rig.problems]).toEqual([[], []]);
  });

  test("the profit of a session of USDC is in the same row, and none of what is told", () => {
    const rig = new Rig({ SETTLEMENT: [[row({ cashFlow: "12.5", change: "12.496324" })]] });
    rig.log.funded();
    rig.after(0);
    expect(rig.told()).toEqual([[CashCause.Funding, "log-592324_XRPUSDT_1", "-0.003676", 0]]);
    expect(rig.rig.aside()).toEqual(["log: profit of a session"]);
  });

  test.each([
    [{ transactionTime: String(NOW_MS - 5_001) }, []],
    [{ change: "0", cashFlow: "" }, []],
    [{ currency: "XYZ" }, ["log: asset is not defined here"]],
    [{ type: "NEW_THING" }, ["log: type NEW_THING"]],
    [{ change: "much" }, ["log Funding: field change"]],
    [{ change: "" }, ["log Funding: field change"]],
    [{ cashFlow: "x" }, ["log Funding: field cashFlow"]],
    [{ transactionTime: "soon" }, ["log Funding: field transactionTime"]],
    [{ id: 5 }, ["log: field id"]],
  ])("older, of nothing, not known, not readable: never half told: %j", (more, aside) => {
    const rig = new Rig({ SETTLEMENT: [[row(more)]] });
    rig.log.funded();
    rig.after(0);
    expect([rig.told(), rig.rig.aside()]).toEqual([[], aside]);
  });
});

describe("looks", () => {
  test("nothing is looked for before the stream is up; a wallet that changes all the time is looked at now and then", () => {
    const rig = new Rig({});
    rig.log.walletChanged();
    expect(rig.after(100)).toEqual([]);
    rig.log.begin();
    expect(rig.after(0).length).toBe(4);
    for (let count = 0; count < 20; count++) rig.log.walletChanged();
    expect([rig.after(1).length, rig.after(1).length, rig.after(1).length]).toEqual([0, 4, 0]);
  });

  test("what was long ago is read in windows of a week, a quarter of a year at most", () => {
    const week = new Rig({}, NOW_MS - 10 * 86_400_000);
    week.log.funded();
    expect(week.after(0)).toEqual(["SETTLEMENT of 7 days", "SETTLEMENT of 3 days"]);
    const ever = new Rig({}, 1);
    ever.log.funded();
    expect(ever.after(0).length).toBe(13);
  });

  test("a page that fails is told of when it goes on failing, is read anew, later and later, and stops nothing", () => {
    const page = [row({ id: "a" })];
    const rig = new Rig({ SETTLEMENT: [page, undefined, undefined, undefined, undefined, page] });
    rig.log.funded();
    expect([rig.after(0).length, rig.told()]).toEqual([2, []]); // The second page was refused.
    expect([rig.after(0.9).length, rig.after(0.2).length, rig.problems.length]).toEqual([0, 1, 0]);
    expect([rig.after(1.8).length, rig.after(0.3).length]).toEqual([0, 1]);
    expect(rig.problems.map(({ code, detail }) => [code, detail])).toEqual([
      ["AnswerRefused", "cash that moved without a fill (SETTLEMENT): 10005 denied"],
    ]);
    expect([rig.after(3.9).length, rig.after(0.2).length, rig.after(8).length, rig.problems.length]).toEqual([
      0, 1, 1, 1,
    ]);
    expect(rig.told()).toEqual([[CashCause.Funding, "log-a", "-0.003676", 0]]);
  });

  test("without room in the budget nothing leaves, and nothing has failed", () => {
    const rig = new Rig({ SETTLEMENT: [[row({})]] });
    rig.hasRoom = false;
    rig.log.funded();
    expect(rig.after(0)).toEqual([]);
    rig.hasRoom = true;
    expect([rig.after(0), rig.told().length, rig.problems]).toEqual([["SETTLEMENT"], 1, []]);
  });
});

test("budget: too many at the log or at the fees keeps nobody else waiting; the address's room for orders is left", () => {
  const budget = new GatewayBudget(gatewayLimitsOf("linear"));
  const tooMany = (path: string) => {
    const ask = { method: "GET", path, params: [], security: "signed", weight: 1 } as const;
    budget.onAnswer({ status: 200, text: '{"retCode":10006,"retMsg":"slow"}', headers: {} }, 0, 1, ask);
  };
  tooMany(FEES_PATH);
  expect([budget.takeLog(1, 2), budget.takeQuery(1, 2), budget.freezes]).toEqual([true, true, 0]);
  tooMany(LOG_PATH);
  expect([budget.takeLog(1, 2), budget.takeQuery(1, 2), budget.freezes]).toEqual([false, true, 1]);
  tooMany("/v5/order/realtime");
  expect([budget.takeLog(1, 2_000_000), budget.takeQuery(1, 2)]).toEqual([true, false]);
  // Ten pages in a window, and none that the address needs for others.
  let pages = 0;
  while (budget.takeLog(1, 10_000_000)) pages++;
  expect(pages).toBe(10);
  while (budget.address.used(20_000_000) < budget.address.dataMax) budget.address.take(1, 20_000_000);
  expect([budget.takeLog(1, 20_000_000), budget.takeCancel(1, 20_000_000)]).toEqual([false, true]);
});

function coreOf(simulator: Simulator) {
  const side = simulator.trading?.sides.find((each) => each.venueNames().includes("bybit"));
  return (side as BybitExchange).venue;
}

/** The log of a gateway that looks often. */
const QUICK = { cash: { ...gatewayLimitsOf("linear").cash, everyUs: 200_000, retryUs: 100_000 }, walletUs: 50_000 };

describe.each(["spot", "linear"] as const)("at the simulator: %s", (category) => {
  test("a deposit and a funding while the stream is down: both are told once it is back, once, with their causes", async () => {
    const simulator = await stillSimulator(category);
    const rig = await new GatewayRig(simulator, category, { limits: QUICK }).up();
    if (category === "linear") rig.gateway.open(taking());
    await rig.settle();
    const pay = (rate: string) => {
      if (category === "linear") coreOf(simulator).fund("linear:BTCUSDT", amount("60000"), amount(rate));
    };
    const reconnect = new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        if (rig.gateway.status().isUp) return;
        clearInterval(timer);
        resolve();
      }, 1);
    });
    simulator.trading?.befall("private-close");
    await reconnect;
    expect(simulator.trading?.deposit("ann", "bybit", "USDT", "12.5")).toBeUndefined();
    expect(simulator.trading?.deposit("ann", "bybit", "BTC", "-0.1")).toBeUndefined();
    pay("0.0001");
    expect(rig.gateway.status().isUp).toBe(false);
    const told = () => rig.told.filter((r) => r.kind === K.CashMoved);
    const wanted = category === "linear" ? 3 : 2;
    expect(await until(() => rig.gateway.status().isUp && told().length >= wanted, 20_000)).toBe(true);
    // With the stream up: the same ways, and nothing of before again.
    pay("-0.0002");
    expect(simulator.trading?.deposit("ann", "bybit", "USDT", "1")).toBeUndefined();
    const all = category === "linear" ? 5 : 3;
    expect(await until(() => told().length >= all, 20_000)).toBe(true);
    await Bun.sleep(600);
    const found = told().map((r) => `${CashCause[r.code]} ${said(r)} of ${r.asset}`);
    const funding = category === "linear" ? ["Funding -0.06 of 0", "Funding 0.12 of 0"] : [];
    expect(found.toSorted()).toEqual(
      [...funding, "Transfer 12.5 of 0", "Transfer -0.1 of 1", "Transfer 1 of 0"].toSorted(),
    );
    expect(rig.problems.map(({ code }) => code).filter((code) => code !== "SocketLost")).toEqual([]);
    rig.gateway.stop();
    await simulator.stop();
  });
});
