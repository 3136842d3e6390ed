/** The outside: asks for things in waves, remembers what was acknowledged, asks again for what was not, and holds us to it. */

import type { Prng } from "../../src/core/prng.ts";
import { OrderFlag, OrderState, OrderType, Side, TimeInForce } from "../../src/model/order.ts";
import { RecordKind, Scope, TradingRecord } from "../../src/model/record.ts";
import { type CrashProcess, GENEROUS, PERP, PRICE, SPOT } from "./crash_process.ts";
import { FATES, Fate } from "./crash_venue.ts";

export interface Place {
  readonly kind: "place";
  readonly key: string;
  readonly account: number;
  readonly instrument: number;
  readonly side: Side;
  readonly lots: number;
  readonly price: number;
}

export type Wish =
  | Place
  | { readonly kind: "cancel"; readonly key: string }
  | { readonly kind: "amend"; readonly key: string; readonly price: number; readonly lots: number }
  | { readonly kind: "limits"; readonly version: number }
  | { readonly kind: "kill" | "resume"; readonly scope: Scope; readonly instrument: number };

export interface Asked {
  readonly wish: Wish;
  /** `answered`: the engine has decided; acknowledged when that record is durable. */
  status: "new" | "asked" | "answered" | "acked";
  record: number;
  order: number;
  /** Denial that it was answered with, 0 = none. */
  code: number;
}

/** What each wave asks for; the next begins when all of one is acknowledged. Kills and limits come alone. */
export function makeScript(random: Prng, waves: number): Asked[][] {
  const script: Asked[][] = [];
  const live: Place[] = [];
  let keys = 0;
  let version = 1;
  const place = (): Wish => {
    const instrument = random.nextBelow(3) === 0 ? SPOT : PERP;
    const side = instrument === SPOT || random.nextBelow(2) === 0 ? Side.Buy : Side.Sell;
    const lots = FATES * (2 + random.nextBelow(3)) + random.nextBelow(FATES);
    const price = PRICE + 100 * (random.nextBelow(21) - 10);
    const wish = {
      kind: "place",
      key: `k${++keys}`,
      account: random.nextBelow(2),
      instrument,
      side,
      lots,
      price,
    } as const;
    if (lots % FATES === Fate.Rests || lots % FATES === Fate.FillsHalf) live.push(wish);
    return wish;
  };
  for (let wave = 0; wave < waves; wave++) {
    const dice = random.nextBelow(12);
    const wishes: Wish[] = [];
    if (dice === 0) wishes.push({ kind: "limits", version: ++version });
    else if (dice === 1) {
      const scope = { scope: Scope.Instrument, instrument: random.nextBelow(2) };
      script.push([asked({ kind: "kill", ...scope })]);
      wishes.push({ kind: "resume", ...scope });
    } else if (dice < 5 && live.length > 0) {
      const at = random.nextBelow(live.length);
      const { key, price, lots } = live[at] as (typeof live)[number];
      const larger = lots % FATES === Fate.Rests ? lots + FATES : lots;
      const isCancel = dice === 4;
      // Sometimes both, on each other's heels: the cancel then comes while the amend waits for the disk.
      if (!isCancel || random.nextBelow(2) === 0) {
        wishes.push({ kind: "amend", key, price: price + 100, lots: larger });
      }
      if (isCancel) {
        live.splice(at, 1);
        wishes.push({ kind: "cancel", key });
      }
      if (random.nextBelow(2) === 0) wishes.push(place());
    } else for (let n = 1 + random.nextBelow(3); n > 0; n--) wishes.push(place());
    script.push(wishes.map(asked));
  }
  script.push([asked({ kind: "kill", scope: Scope.Firm, instrument: 0 })]);
  return script;
}

export class CrashClient {
  /** Records as they were emitted, in words: what is durable must read the same ever after. */
  readonly #said: string[] = [];
  #keys = new Map<string, number>();
  #durable = 0;
  #wave = 0;
  readonly #waiting: Asked[] = [];
  readonly #command = new TradingRecord();

  constructor(
    readonly script: readonly (readonly Asked[])[],
    readonly acksEarly: boolean,
    readonly fail: (text: string) => void,
  ) {}

  get isDone(): boolean {
    return this.#wave >= this.script.length;
  }

  orderOf(key: string): number {
    return this.#keys.get(key) ?? 0;
  }

  /** A life ends: the connection is gone, with every answer on its way. */
  onDeath(): void {
    this.#waiting.length = 0;
    this.#keys = new Map();
  }

  onRecord(record: Readonly<TradingRecord>, isRecovered: boolean): void {
    const words = wordsOf(record);
    if (isRecovered && record.record <= this.#durable && this.#said[record.record] !== words) {
      this.fail(`record ${record.record} was durable as ${this.#said[record.record]}, is ${words}`);
    }
    this.#said[record.record] = words;
    const isDecision = record.kind === RecordKind.OrderIntent || record.kind === RecordKind.OrderDenied;
    if (!isDecision || record.fillId === "") return;
    if (this.#keys.has(record.fillId)) this.fail(`the key ${record.fillId} made two orders`);
    this.#keys.set(record.fillId, record.order);
  }

  /** After a restart: what was acknowledged is there; what was not is looked for, and asked for again. */
  onRestart(life: CrashProcess): void {
    const { record: last } = life.state;
    if (last < this.#durable) this.fail(`record ${this.#durable} was durable, the journal ends at ${last}`);
    for (const wave of this.script.slice(0, this.#wave + 1)) {
      for (const ask of wave) {
        if (ask.status === "new") continue;
        if (ask.status !== "acked") this.#resolve(life, ask);
        else if (ask.record > last)
          this.fail(`${JSON.stringify(ask.wish)} was acknowledged as record ${ask.record}, lost`);
        else this.#checkAcked(life, ask);
      }
    }
  }

  /** One turn: sends what is to be asked, takes answers, counts as acknowledged what is durable. */
  turn(life: CrashProcess): void {
    const answer = this.#command;
    while (life.lanes.answers.take(answer)) {
      const ask = this.#waiting.shift();
      if (ask === undefined) continue;
      ask.status = "answered";
      ask.record = answer.record;
      ask.code = answer.code;
      if (ask.wish.kind === "place") ask.order = answer.order;
    }
    this.#durable = Math.max(this.#durable, life.words.durable(this.#durable));
    const wave = this.script[this.#wave] ?? [];
    for (const ask of wave) {
      if (ask.status === "answered" && (this.acksEarly || ask.record <= this.#durable)) ask.status = "acked";
      if (ask.status === "new") this.#ask(life, ask);
    }
    if (wave.every((ask) => ask.status === "acked")) this.#wave++;
  }

  #ask(life: CrashProcess, ask: Asked): void {
    const record = this.#command.reset(KINDS[ask.wish.kind]);
    const { wish } = ask;
    record.timeUs = life.host.nowUs();
    record.instrumentRevision = 1;
    if (wish.kind === "place") fillPlace(record, wish);
    else if (wish.kind === "limits") {
      record.scope = Scope.Account;
      record.text = JSON.stringify({ scope: "account", key: 0, version: wish.version, ...GENEROUS });
    } else if (wish.kind === "kill" || wish.kind === "resume") {
      record.scope = wish.scope;
      record.instrument = wish.instrument;
      record.text = "as the script says";
    } else if (wish.kind === "cancel" || wish.kind === "amend") {
      const order = this.orderOf(wish.key);
      const { orders } = life.state;
      if (order === 0 || !orders.has(order)) return this.fail(`${wish.kind}: there is no order of ${wish.key}`);
      orders.copyTo(order, record);
      record.kind = KINDS[wish.kind];
      record.record = 0;
      record.timeUs = life.host.nowUs();
      if (wish.kind === "amend") {
        record.price = wish.price;
        record.qty = wish.lots;
      }
    }
    if (!life.lanes.commands.put(record)) return;
    ask.status = "asked";
    this.#waiting.push(ask);
  }

  /** No answer came: the journal says whether it was done; if it does not, it is asked for again. */
  #resolve(life: CrashProcess, ask: Asked): void {
    const { wish } = ask;
    const { orders, risk } = life.state;
    let isDone = false;
    if (wish.kind === "place") {
      ask.order = this.orderOf(wish.key);
      isDone = ask.order !== 0;
    } else if (wish.kind === "limits") isDone = risk.limitsVersion(Scope.Account, 0) >= wish.version;
    else if (wish.kind === "amend") {
      const order = this.orderOf(wish.key);
      isDone = orders.price(order) === wish.price || orders.pendingPrice(order) === wish.price;
    }
    ask.status = isDone ? "answered" : "new";
    ask.record = isDone ? life.state.record : 0;
  }

  #checkAcked(life: CrashProcess, { wish, order, code }: Asked): void {
    const { orders, risk } = life.state;
    if (wish.kind === "limits") {
      if (risk.limitsVersion(Scope.Account, 0) < wish.version) this.fail(`limits ${wish.version} are gone`);
    } else if (wish.kind === "place") {
      if (this.orderOf(wish.key) !== order) this.fail(`${wish.key} was order ${order}, is ${this.orderOf(wish.key)}`);
      else if (code === 0 && (orders.account(order) !== wish.account || orders.side(order) !== wish.side)) {
        this.fail(`order ${order} of ${wish.key} is another one now`);
      }
    } else if (wish.kind === "cancel") {
      const state = orders.state(this.orderOf(wish.key));
      const isPending = (orders.flags(this.orderOf(wish.key)) & OrderFlag.CancelPending) !== 0;
      const isOpenThere = life.host.venue.orders.get(this.orderOf(wish.key))?.status === "open";
      if (isOpenThere && !isPending) this.fail(`${wish.key}: its cancel was acknowledged, it is ${OrderState[state]}`);
    } else if (wish.kind === "kill" && wish.scope === Scope.Firm && !risk.isKilled(0, PERP, 0, "crash")) {
      this.fail("the kill of the firm was acknowledged, and is gone");
    }
  }
}

function asked(wish: Wish): Asked {
  return { wish, status: "new", record: 0, order: 0, code: 0 };
}

function fillPlace(record: TradingRecord, wish: Place): void {
  record.account = wish.account;
  record.instrument = wish.instrument;
  record.side = wish.side;
  record.orderType = OrderType.Limit;
  record.timeInForce = TimeInForce.Gtc;
  record.price = wish.price;
  record.qty = wish.lots;
  record.fillId = wish.key;
  record.text = "by hand";
}

function wordsOf(record: Readonly<TradingRecord>): string {
  const { kind, order, account, price, qty, fillId, text } = record;
  return `${RecordKind[kind]} ${order}/${account} ${qty}@${price} ${fillId} ${text}`;
}

const KINDS: Readonly<Record<Wish["kind"], RecordKind>> = {
  place: RecordKind.CommandPlace,
  cancel: RecordKind.CommandCancel,
  amend: RecordKind.CommandAmend,
  limits: RecordKind.CommandSetLimits,
  kill: RecordKind.CommandKill,
  resume: RecordKind.CommandResume,
};
