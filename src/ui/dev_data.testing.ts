/** A small data set that changes as a gateway's would: quotes walk, orders open, fill and end, equity moves. */

import type {
  AccountView,
  BalanceView,
  Channel,
  ExecutionView,
  InstanceView,
  OrderView,
  PnlView,
  PositionView,
  QuoteView,
  RiskView,
  StatusView,
} from "../control/views.ts";

type Changes = Partial<Record<Channel, unknown[]>>;

const INSTRUMENTS = [
  { name: "sim:BTC-USDT", price: 6_412_350, scale: 2, qty: "0.015" },
  { name: "sim:ETH-USDT", price: 318_422, scale: 2, qty: "0.250" },
  { name: "sim:BTC-USDT-PERP", price: 641_402, scale: 1, qty: "0.010" },
  { name: "sim:SOL-USDT-PERP", price: 152_318, scale: 3, qty: "4.0" },
] as const;

export class DevData {
  readonly orders: OrderView[] = [];
  readonly fills: ExecutionView[] = [];
  readonly pnl: PnlView[] = [];
  readonly prices: number[] = INSTRUMENTS.map((instrument) => instrument.price);
  /** Another number is another process. */
  pid = 4_711;
  killed = false;
  killWhy = "";
  killedUs = 0;
  notReady: string[] = [];
  problems: { code: string; detail: string; hint: string }[] = [];
  statuses: InstanceView["status"][] = ["running", "running", "paused"];
  /** No quotes, orders or points at all: the first minute of a gateway. */
  empty = false;
  #random = 0x2545f491;
  #record = 0;
  #position = 0;
  #equityCents = 10_000_000;
  #frames = 0;
  readonly #startedUs = Date.now() * 1_000 - 1_800e6;

  constructor() {
    for (let i = 1_800; i > 0; i -= 2) this.#point(Date.now() * 1_000 - i * 1e6);
    for (let i = 0; i < 24; i++) this.step();
  }

  /** One tenth of a second. */
  step(): Changes {
    if (this.empty) return { status: [this.status()] };
    this.#frames += 37;
    const changes: Changes = { quotes: [] };
    for (let i = 0; i < INSTRUMENTS.length; i++) {
      if (this.#chance() > 0.45) continue;
      this.prices[i] = (this.prices[i] as number) + Math.round((this.#chance() - 0.5) * 60);
      changes.quotes?.push(this.quote(i));
    }
    if (!this.killed && this.#chance() < 0.3) Object.assign(changes, this.place());
    else if (!this.killed && this.#chance() < 0.2) Object.assign(changes, this.fill());
    return changes;
  }

  second(): Changes {
    if (this.empty) return { status: [this.status()] };
    return { pnl: [this.#point(Date.now() * 1_000)], positions: this.positions(), status: [this.status()] };
  }

  place(): Changes {
    const at = Math.floor(this.#chance() * INSTRUMENTS.length);
    const side = this.#chance() < 0.5 ? "buy" : "sell";
    const { name, scale, qty } = INSTRUMENTS[at] as (typeof INSTRUMENTS)[number];
    const away = Math.round(this.#chance() * 80) * (side === "buy" ? -1 : 1);
    const order: OrderView = {
      id: this.orders.length + 1,
      clientOrderId: `m0-1-${this.orders.length + 1}`,
      venueOrderId: String(9_000 + this.orders.length),
      account: "paper",
      instrument: name,
      instance: at < 2 ? "ema-cross-btc" : "market-making-perp",
      side,
      type: "limit",
      timeInForce: "gtc",
      postOnly: at >= 2,
      reduceOnly: false,
      price: decimal((this.prices[at] as number) + away, scale),
      qty,
      filledQty: "0",
      leavesQty: qty,
      state: "open",
      terminal: false,
      reason: null,
      why: at < 2 ? "golden cross" : "quote",
      updated: now(),
    };
    this.#record++;
    if (this.orders.length % 11 === 7) {
      Object.assign(order, {
        state: "denied",
        terminal: true,
        reason: "price is 5.1 % away from the market (collar 5 %)",
      });
    }
    this.orders.push(order);
    const ended = this.orders.filter((o) => !o.terminal).length > 9 ? this.#end() : [];
    return { orders: [order, ...ended] };
  }

  fill(): Changes {
    const order = this.orders.find((o) => !o.terminal);
    if (order === undefined) return {};
    const fill: ExecutionView = {
      record: ++this.#record,
      fillId: `t${this.#record}`,
      order: order.id,
      account: "paper",
      instrument: order.instrument,
      instance: order.instance,
      side: order.side,
      price: order.price as string,
      qty: order.qty,
      amount: "961.85",
      fee: "0.384741000000000000",
      feeAsset: "USDT",
      liquidity: "maker",
      time: now(),
    };
    Object.assign(order, { state: "filled", terminal: true, filledQty: order.qty, leavesQty: "0", updated: now() });
    this.fills.push(fill);
    this.#position += order.side === "buy" ? 15 : -15;
    return { orders: [order], fills: [fill], positions: this.positions() };
  }

  cancel(id: number): Changes {
    const order = this.orders.find((o) => o.id === id && !o.terminal);
    if (order === undefined) return {};
    Object.assign(order, { state: "canceled", terminal: true, updated: now() });
    return { orders: [order] };
  }

  kill(why: string): Changes {
    this.killed = true;
    this.killWhy = why;
    this.killedUs = Date.now() * 1_000;
    const open = this.orders.filter((o) => !o.terminal);
    for (const order of open) Object.assign(order, { state: "canceled", terminal: true, updated: now() });
    return { orders: open, status: [this.status()] };
  }

  resume(): Changes {
    this.killed = false;
    return { status: [this.status()] };
  }

  quote(at: number): QuoteView {
    const { name, scale } = INSTRUMENTS[at] as (typeof INSTRUMENTS)[number];
    const price = this.prices[at] as number;
    return {
      instrument: name,
      valid: at !== 3 || this.#frames % 4_000 > 800,
      bidPrice: decimal(price - 4, scale),
      bidQty: "1.250",
      askPrice: decimal(price + 5, scale),
      askQty: "0.840",
      lastPrice: decimal(price, scale),
      lastQty: "0.010",
      time: now(),
    };
  }

  quotes(): QuoteView[] {
    return this.empty ? [] : INSTRUMENTS.map((_, at) => this.quote(at));
  }

  positions(): PositionView[] {
    if (this.empty) return [];
    const noMargin = { funding: "0", leverage: null, initialMargin: null, maintenanceMargin: null };
    const btc = { account: "paper", instrument: "sim:BTC-USDT", leg: "net" as const, asset: "USDT", ...noMargin };
    const sol = { ...btc, instrument: "sim:SOL-USDT-PERP", leverage: "5", initialMargin: "365.56" };
    const qty = decimal(this.#position, 3);
    return [
      {
        ...btc,
        qty,
        averageEntry: "64123.500000",
        markPrice: decimal(this.prices[0] as number, 2),
        realizedPnl: "31.20",
        unrealizedPnl: decimal(Math.round(this.#position * 7.3), 4),
        instances: { "ema-cross-btc": qty },
      },
      {
        ...sol,
        qty: "-12.0",
        averageEntry: "152.871333",
        markPrice: decimal(this.prices[3] as number, 3),
        realizedPnl: "-4.91",
        unrealizedPnl: "6.640000000000000000",
        instances: { "market-making-perp": "-12.0" },
      },
    ];
  }

  balances(): BalanceView[] {
    if (this.empty) return [];
    const open = { unrealizedPnl: "0", venueTotal: null };
    const byCause = { deposit: "100000.00", trade: "-961.85", fee: "-12.384741" };
    return [
      { account: "paper", asset: "USDT", total: "99025.765259", locked: "0", free: "99025.765259", ...open, byCause },
      {
        account: "paper",
        asset: "BTC",
        total: decimal(this.#position, 3),
        locked: "0",
        free: decimal(this.#position, 3),
        ...open,
        byCause: { trade: decimal(this.#position, 3) },
      },
    ];
  }

  instances(): InstanceView[] {
    if (this.empty) return [];
    const market = (instrument: string, tf?: string) =>
      tf === undefined ? { instrument, account: "paper" } : { instrument, account: "paper", tf };
    const rows = [
      ["ema-cross-btc", "ema-cross", { fast: 12, slow: 26, size: 0.95 }, market("sim:BTC-USDT", "1m")],
      ["market-making-perp", "market-making", { spreadBps: 8, qty: "4.0" }, market("sim:SOL-USDT-PERP")],
      ["grid-eth", "grid", { steps: 12, stepPct: 0.4 }, market("sim:ETH-USDT")],
    ] as const;
    return rows.map(([name, strategy, params, main], i) => ({
      id: i + 1,
      name,
      strategy,
      status: this.statuses[i] as InstanceView["status"],
      params,
      markets: { main },
      problem: i === 2 ? "grid.ts:41:7: cannot read 'price' of undefined [StrategyThrew]" : null,
      openOrders: this.orders.filter((o) => !o.terminal && o.instance === name).length,
      killed: false,
    }));
  }

  accounts(): AccountView[] {
    return [
      { id: 1, name: "paper", venue: "sim", mode: "paper", killed: this.killed, ready: true, armed: false, live: null },
    ];
  }

  risk(): RiskView {
    const time = { iso: new Date(this.killedUs / 1_000).toISOString(), us: this.killedUs };
    return {
      killed: this.killed,
      kills: this.killed ? [{ scope: "firm", key: "", why: this.killWhy, time }] : [],
      breakers: [],
      tradingStates: [],
      accounts: [],
      overrides: [],
      openOrders: this.orders.filter((o) => !o.terminal).length,
      unknownOrders: 0,
      journalOccupancy: 0.01,
    };
  }

  status(): StatusView {
    const open = this.orders.filter((o) => !o.terminal).length;
    return {
      version: "0.1.0",
      pid: this.pid,
      dataDir: "/home/me/meltica-data",
      started: { iso: new Date(this.#startedUs / 1_000).toISOString(), us: this.#startedUs },
      now: now(),
      ready: this.notReady.length === 0,
      notReady: this.notReady,
      killed: this.killed,
      epoch: 1,
      engineRestarts: 0,
      record: this.#record,
      durableRecord: this.#record,
      input: this.#frames,
      hash: "9f2c4e11aa03d7b5",
      accounts: 1,
      instruments: INSTRUMENTS.length,
      instances: this.empty ? 0 : 3,
      openOrders: open,
      providers: [
        {
          name: "sim",
          adapter: "sim",
          connected: true,
          reconnects: 1,
          frames: this.#frames,
          setAside: 0,
          lastFrame: now(),
          problem: null,
        },
      ],
      problems: this.problems,
    };
  }

  #end(): OrderView[] {
    const oldest = this.orders.find((o) => !o.terminal);
    return oldest === undefined ? [] : ((this.cancel(oldest.id).orders ?? []) as OrderView[]);
  }

  #point(us: number): PnlView {
    this.#equityCents += Math.round((this.#chance() - 0.485) * 220);
    const change = this.#equityCents - 10_000_000;
    const point: PnlView = {
      by: "account",
      account: "paper",
      instance: null,
      asset: "USDT",
      equity: decimal(this.#equityCents, 2),
      realizedPnl: decimal(Math.round(change * 0.7), 2),
      unrealizedPnl: decimal(change - Math.round(change * 0.7), 2),
      fees: "12.384741000000000000",
      funding: "0",
      complete: true,
      unvalued: [],
      time: { iso: new Date(us / 1_000).toISOString(), us },
    };
    this.pnl.push(point);
    return point;
  }

  #chance(): number {
    this.#random ^= this.#random << 13;
    this.#random ^= this.#random >>> 17;
    this.#random ^= this.#random << 5;
    return (this.#random >>> 0) / 2 ** 32;
  }
}

function now(): { iso: string; us: number } {
  const ms = Date.now();
  return { iso: new Date(ms).toISOString(), us: ms * 1_000 };
}

function decimal(mantissa: number, scale: number): string {
  const digits = String(Math.abs(mantissa)).padStart(scale + 1, "0");
  return `${mantissa < 0 ? "-" : ""}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}
