/** All that the page shows, as signals; the stream and the polled lists write it, the parts read it. */

import { batch, computed, type Signal, signal } from "@preact/signals";
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
} from "../../control/views.ts";
import type { Problem } from "./api.ts";
import { BOUNDS } from "./bounds.ts";
import { instrumentParts } from "./format.ts";
import { KeyedRows } from "./keyed_rows.ts";
import { fillRows, orderRows } from "./order_lists.ts";
import { PnlCurve } from "./pnl_curve.ts";
import type { Connection } from "./stream_client.ts";

/** `checking` until the first answer; `signedOut` shows the login. */
export type Session = "checking" | "signedOut" | "signedIn";

/** What an action of the user led to. */
export interface Notice {
  readonly id: number;
  readonly tone: "good" | "bad";
  readonly title: string;
  readonly problem?: Problem;
}

export class Store {
  readonly session: Signal<Session> = signal("checking");
  readonly connection: Signal<Connection> = signal("connecting");
  /** By the stream's status or by a request's answer, whichever came last: a kill shows without a stream too. */
  readonly killed: Signal<boolean> = signal(false);
  /** Ticks once a second: ages are read against it. */
  readonly nowMs: Signal<number> = signal(0);
  readonly heardMs: Signal<number> = signal(0);
  readonly status: Signal<StatusView | undefined> = signal(undefined);
  readonly risk: Signal<RiskView | undefined> = signal(undefined);
  /** Why the polled lists may be old; undefined when the last poll was good. */
  readonly pollProblem: Signal<Problem | undefined> = signal(undefined);
  readonly accounts: Signal<readonly AccountView[]> = signal([]);
  readonly instances: Signal<readonly InstanceView[]> = signal([]);
  readonly balances: Signal<readonly BalanceView[]> = signal([]);
  readonly quotes: Signal<readonly QuoteView[]> = signal([]);
  readonly orders: Signal<readonly OrderView[]> = signal([]);
  readonly fills: Signal<readonly ExecutionView[]> = signal([]);
  readonly positions: Signal<readonly PositionView[]> = signal([]);
  /** Rises with each point: the curve itself is not copied. */
  readonly curveVersion: Signal<number> = signal(0);
  /** Asset that the curve and the top bar show; "" = the first. */
  readonly asset: Signal<string> = signal("");
  readonly notices: Signal<readonly Notice[]> = signal([]);
  /** Channels whose first snapshot is there: before it a table says "loading", not "none". */
  readonly loaded: Signal<ReadonlySet<Channel>> = signal(new Set<Channel>());
  readonly curve = new PnlCurve();

  readonly stale = computed(() => this.connection.value !== "live");
  readonly manyVenues = computed(
    () => new Set(this.quotes.value.map((q) => instrumentParts(q.instrument).venue)).size > 1,
  );
  readonly shownAsset = computed(() => {
    this.curveVersion.value;
    const assets = this.curve.assets();
    return assets.includes(this.asset.value) ? this.asset.value : (assets[0] ?? "");
  });

  readonly #quotes = new KeyedRows<QuoteView>({ key: (quote) => quote.instrument });
  readonly #orders = orderRows();
  readonly #fills = fillRows();
  readonly #positions = new KeyedRows<PositionView>({ key: (p) => `${p.account} ${p.instrument} ${p.leg}` });
  #noticeId = 0;

  snapshot(channel: Channel, rows: readonly unknown[]): void {
    batch(() => {
      this.#take(channel, rows, true);
      if (!this.loaded.value.has(channel)) this.loaded.value = new Set([...this.loaded.value, channel]);
    });
  }

  update(channel: Channel, rows: readonly unknown[]): void {
    batch(() => this.#take(channel, rows, false));
  }

  takeStatus(status: StatusView): void {
    this.status.value = status;
    this.killed.value = status.killed;
  }

  takeRisk(risk: RiskView): void {
    this.risk.value = risk;
    this.killed.value = risk.killed;
  }

  loadHistory(points: readonly PnlView[]): void {
    this.curve.load(points);
    this.curveVersion.value++;
  }

  notice(tone: Notice["tone"], title: string, problem?: Problem): number {
    const id = ++this.#noticeId;
    const added: Notice = problem === undefined ? { id, tone, title } : { id, tone, title, problem };
    this.notices.value = [...this.notices.value, added].slice(-BOUNDS.noticesMax);
    return id;
  }

  dismiss(id: number): void {
    this.notices.value = this.notices.value.filter((notice) => notice.id !== id);
  }

  #take(channel: Channel, rows: readonly unknown[], whole: boolean): void {
    switch (channel) {
      case "quotes":
        this.#rows(this.#quotes, this.quotes, rows, whole);
        this.quotes.value = this.quotes.value.toSorted((a, b) => (a.instrument < b.instrument ? -1 : 1));
        break;
      case "orders":
        this.#rows(this.#orders, this.orders, rows, whole);
        break;
      case "fills":
        this.#rows(this.#fills, this.fills, rows, false); // Appended: a snapshot may hold less than was seen.
        break;
      case "positions":
        this.#rows(this.#positions, this.positions, rows, whole);
        break;
      case "pnl":
        this.curve.add((rows as PnlView[]).toSorted((a, b) => a.time.us - b.time.us));
        this.curveVersion.value++;
        break;
      case "status":
        if (rows.length > 0) this.takeStatus(rows.at(-1) as StatusView);
        break;
      case "bars":
        break; // Not drawn on this page.
    }
  }

  #rows<T>(table: KeyedRows<T>, shown: Signal<readonly T[]>, rows: readonly unknown[], whole: boolean): void {
    if (whole) table.replace(rows as T[]);
    else table.put(rows as T[]);
    shown.value = table.values();
  }
}
