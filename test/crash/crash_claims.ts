/** What a gateway said, or may have done, before it was killed; and the check that it is all still so afterwards. */

import { rebuild, records } from "../e2e/gateway_journal.testing.ts";
import type { GatewayProcess, Json } from "../e2e/gateway_process.testing.ts";

/** A request to place an order, under its key. */
export interface Asked {
  readonly key: string;
  readonly body: {
    readonly account: string;
    readonly instrument: string;
    readonly side: string;
    readonly qty: string;
    readonly price?: string;
  };
  /** `lost`: no answer came, so both may be true. */
  outcome: "placed" | "denied" | "lost";
  /** Order number that was answered; 0 = none. */
  order: number;
  /** How often it was sent, and how often it was turned away before the engine: too many, not ready. */
  sent: number;
  refused: number;
  /** The answer was that of an earlier request, which had got none. */
  isReplayed: boolean;
}

/** Columns of an order that never change. */
const FIXED = ["clientOrderId", "account", "instrument", "instance", "side", "type", "qty"] as const;

export class Claims {
  readonly asked = new Map<string, Asked>();
  /** Orders that an answer or the stream showed, as they were shown last. */
  readonly orders = new Map<number, Json>();
  /** Executions that the stream or a page showed, by record. */
  readonly executions = new Map<number, Json>();
  /** Orders whose cancel was answered with success. */
  readonly cancelled = new Set<number>();
  /** Hashes of D that the API told, by record. */
  readonly hashes = new Map<number, string>();
  readonly breaks: string[] = [];
  /** Whether instance 1 is paused, as it was answered last; `unknown` while no answer has come. */
  paused: "yes" | "no" | "unknown" = "unknown";
  pauses = 0;
  amended = 0;
  sealsChecked = 0;
  hashesChecked = 0;

  fail(text: string): void {
    this.breaks.push(text);
  }

  showOrder(order: Json): void {
    const known = this.orders.get(order.id);
    // Answers and the stream come by several connections: the older picture may arrive last.
    const isOlder = known !== undefined && age(order) < age(known);
    if (known !== undefined) this.#compare(isOlder ? order : known, isOlder ? known : order);
    if (!isOlder) this.orders.set(order.id, order);
  }

  showExecution(execution: Json): void {
    const before = this.executions.get(execution.record);
    if (before !== undefined && !Bun.deepEquals(before, execution)) {
      this.fail(`execution ${execution.record} changed: ${JSON.stringify([before, execution])}`);
    }
    this.executions.set(execution.record, execution);
  }

  /** Between a kill and the next start, from the files alone: every hash that was told or sealed is the files' hash. */
  checkFiles(dataDir: string): void {
    try {
      const { seals, hashes } = rebuild(dataDir, undefined, [...this.hashes.keys()]);
      this.sealsChecked = seals;
      for (const [record, hash] of this.hashes) {
        const ours = hashes.get(record);
        if (ours !== hash) this.fail(`the API said ${hash} at record ${record}; the files say ${ours ?? "nothing"}`);
        this.hashesChecked++;
      }
      this.hashes.clear();
    } catch (error) {
      this.fail(`the files: ${(error as Error).message}`);
    }
  }

  /** After a start: every order and execution that was ever shown is there, the same. */
  async checkShown(gateway: GatewayProcess): Promise<void> {
    const now = new Map<number, Json>((await gateway.all("/api/v1/orders")).map((order) => [order.id, order]));
    for (const [id, before] of this.orders) {
      const after = now.get(id);
      if (after === undefined) this.fail(`order ${id} is gone; it was ${JSON.stringify(before)}`);
      else this.#compare(before, after);
    }
    const { items } = await gateway.get("/api/v1/instances");
    const { status } = items.find((row: Json) => row.id === 1) ?? {};
    const isPaused = status === "paused" ? "yes" : "no";
    // One that runs may be paused by the gateway itself, on a machine that stalls; a paused one never starts by itself.
    if (this.paused === "yes" && isPaused !== "yes") this.fail(`instance 1 was paused, is ${status}`);
    this.paused = isPaused;
    const rows = await gateway.all("/api/v1/executions");
    const executions = new Map<number, Json>(rows.map((row) => [row.record, row]));
    for (const [record, before] of this.executions) {
      if (!Bun.deepEquals(before, executions.get(record))) {
        this.fail(`execution ${record} was ${JSON.stringify(before)}, is ${JSON.stringify(executions.get(record))}`);
      }
    }
  }

  /** When all is quiet: the journal against all that was claimed, and against itself. */
  checkJournal(dataDir: string): { readonly records: number; readonly orders: number; readonly fills: number } {
    const all = records(dataDir);
    const orderOfKey = new Map<string, number>();
    const intents = new Set<number>();
    const sent = new Set<number>();
    const fills = new Set<string>();
    for (const record of all) {
      const order = record["order"] as number;
      const isIntent = record["kind"] === "OrderIntent";
      if (isIntent || record["kind"] === "OrderDenied") {
        if (intents.has(order)) this.fail(`order ${order} was decided twice`);
        intents.add(order);
        const key = /^(.*)#[0-9a-f]{8}$/.exec(String(record["fillId"] ?? ""))?.[1];
        if (key !== undefined && orderOfKey.has(key)) {
          this.fail(`the key ${key} names the orders ${orderOfKey.get(key)} and ${order}`);
        }
        if (key !== undefined) orderOfKey.set(key, order);
      }
      if (record["kind"] === "OrderSent") {
        if (sent.has(order)) this.fail(`order ${order} was sent twice`);
        sent.add(order);
      }
      if (record["kind"] !== "OrderFilled") continue;
      const fill = `${order}/${record["fillId"]}`;
      if (fills.has(fill)) this.fail(`fill ${fill} was counted twice`);
      fills.add(fill);
    }
    // A run that broke before has left requests unanswered: that says nothing.
    const isWhole = this.breaks.length === 0;
    for (const asked of this.asked.values()) {
      if (isWhole || asked.outcome !== "lost") this.#checkKey(asked, orderOfKey.get(asked.key));
    }
    return { records: all.length, orders: intents.size, fills: fills.size };
  }

  /** Money and quantities of what is there now: filled is what the executions add up to; cancelled is no longer open. */
  async checkSums(gateway: GatewayProcess): Promise<void> {
    const filled = new Map<number, bigint>();
    for (const { order, qty } of await gateway.all("/api/v1/executions")) {
      filled.set(order, (filled.get(order) ?? 0n) + units(qty));
    }
    for (const order of await gateway.all("/api/v1/orders")) {
      const sum = filled.get(order.id) ?? 0n;
      if (sum !== units(order.filledQty)) this.fail(`order ${order.id} says filled ${order.filledQty}, fills ${sum}`);
      if (sum > units(order.qty)) this.fail(`order ${order.id} of ${order.qty} has fills of ${sum}`);
      if (this.cancelled.has(order.id) && !order.terminal)
        this.fail(`order ${order.id} was cancelled, is ${order.state}`);
    }
  }

  #checkKey({ key, outcome, order, sent, refused }: Asked, journaled: number | undefined): void {
    if (outcome !== "lost") {
      if (journaled !== order)
        this.fail(`the key ${key} was answered with order ${order}, the journal has ${journaled}`);
    } else if (sent > refused) this.fail(`the key ${key} never got an answer`);
    else if (journaled !== undefined) this.fail(`the key ${key} was refused, and made order ${journaled}`);
  }

  #compare(before: Json, after: Json): void {
    for (const column of FIXED) {
      if (before[column] === after[column]) continue;
      this.fail(`order ${before.id}: ${column} was ${before[column]}, is ${after[column]}`);
    }
    if (units(after.filledQty) < units(before.filledQty)) {
      this.fail(`order ${before.id}: filled was ${before.filledQty}, is ${after.filledQty}`);
    }
    if (before.terminal && before.state !== after.state) {
      this.fail(`order ${before.id} ended as ${before.state}, is ${after.state}`);
    }
  }
}

/** Rises over an order's life: by its time, and within one time by its end. */
function age(order: Json): number {
  return 2 * order.updated.us + (order.terminal ? 1 : 0);
}

/** A decimal as a whole number of 10^-18. */
function units(text: string): bigint {
  const [whole = "", part = ""] = text.split(".");
  return BigInt(whole + part.padEnd(18, "0"));
}
