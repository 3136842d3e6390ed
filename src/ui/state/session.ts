/** The page's life: login, stream, polled lists, actions. Everything that talks to the gateway goes through it. */

import type { AccountView, BalanceView, InstanceView, PnlView, RiskView, StatusView } from "../../control/views.ts";
import { type Api, problemOf, readProblem } from "./api.ts";
import { BOUNDS } from "./bounds.ts";
import type { Store } from "./store.ts";
import { StreamClient, type StreamWorld } from "./stream_client.ts";

export class PageSession {
  readonly stream: StreamClient;
  readonly #store: Store;
  readonly #api: Api;
  readonly #world: StreamWorld;
  #process: string | undefined;
  #cancelPoll: (() => void) | undefined;

  constructor(store: Store, api: Api, world: StreamWorld) {
    this.#store = store;
    this.#api = api;
    this.#world = world;
    api.onUnauthorized = () => this.#signedOut();
    this.stream = new StreamClient(["quotes", "orders", "fills", "positions", "pnl", "status"], world, {
      snapshot: (channel, rows) => {
        this.#heard(() => store.snapshot(channel, rows));
        if (channel === "status") this.#sameProcess();
        if (channel === "pnl") void this.#history(); // At the start, and where points were missed.
      },
      update: (channel, rows) => {
        this.#heard(() => store.update(channel, rows));
        if (channel === "status") this.#sameProcess();
      },
      connection: (state) => {
        store.connection.value = state;
      },
      refused: (rows) => {
        this.#notice("bad", "The stream refused a request", readProblem(0, JSON.stringify(rows[0] ?? {})));
      },
      failed: () => void this.#check(), // The session may be over: a socket that is refused does not say why.
    });
  }

  /** Called once: with the one-time code of the URL, or with none. */
  async start(code: string | undefined): Promise<void> {
    if (code !== undefined) {
      try {
        await this.#api.post("/login", { code });
      } catch (error) {
        this.#notice("bad", "The login link is not valid any more", problemOf(error));
      }
    }
    await this.#check();
  }

  /** Signs in by the token of the data directory; the answer is the problem, if there is one. */
  async signIn(token: string): Promise<ReturnType<typeof problemOf> | undefined> {
    try {
      await this.#api.post("/login", { token });
    } catch (error) {
      return problemOf(error);
    }
    await this.#check();
    return undefined;
  }

  kill(why: string): Promise<void> {
    return this.#act("Trading is killed", "KILL did not go through", () =>
      this.#api.post("/risk/kill", { scope: "firm", why }),
    );
  }

  resume(why: string): Promise<void> {
    return this.#act("Trading is resumed", "Resume did not go through", () =>
      this.#api.post("/risk/resume", { scope: "firm", why }),
    );
  }

  cancelOrder(id: number): Promise<void> {
    return this.#act(undefined, `Order ${id} was not cancelled`, () => this.#api.delete(`/orders/${id}`));
  }

  cancelAll(): Promise<void> {
    return this.#act("All open orders are being cancelled", "The orders were not cancelled", () =>
      this.#api.post("/orders/cancel-all", { why: "cancel all on the page" }),
    );
  }

  /** Pauses, resumes or stops an instance; stopping cancels its orders. */
  instance(name: string, action: "pause" | "resume" | "stop"): Promise<void> {
    const body = action === "stop" ? { policy: "cancel-orders", why: "stopped on the page" } : {};
    return this.#act(undefined, `${name}: ${action} did not go through`, () =>
      this.#api.post(`/instances/${encodeURIComponent(name)}/${action}`, body),
    );
  }

  async #check(): Promise<void> {
    try {
      this.#store.takeStatus(await this.#api.get<StatusView>("/status"));
      this.#signedIn();
    } catch (error) {
      const { status } = problemOf(error);
      // Unreachable while signed in: the stream says so and goes on trying.
      if (status !== 401 && this.#store.session.value === "checking") this.#signedIn();
    }
  }

  #signedIn(): void {
    if (this.#store.session.value === "signedIn") return;
    this.#store.session.value = "signedIn";
    this.stream.start();
    void this.#poll();
  }

  #signedOut(): void {
    this.#store.session.value = "signedOut";
    this.stream.stop();
    this.#stopPoll();
  }

  #stopPoll(): void {
    this.#cancelPoll?.();
    this.#cancelPoll = undefined;
  }

  /** Sequences of a gateway that was restarted begin anew: a resume may have joined two that do not belong together. */
  #sameProcess(): void {
    const status = this.#store.status.value;
    if (status === undefined) return;
    const process = `${status.pid} ${status.started.us}`;
    const known = this.#process;
    this.#process = process;
    if (known !== undefined && known !== process) this.stream.resubscribe();
  }

  /** Fills the curve from its first point on, so that the change it begins with stays the same. */
  async #history(): Promise<void> {
    const nowUs = this.#store.status.value?.now.us ?? this.#world.nowMs() * 1_000;
    const sinceUs = Math.min(nowUs - BOUNDS.historyMs * 1_000, this.#store.curve.firstUs);
    const path = `/pnl?since=${Math.max(0, Math.floor(sinceUs))}&limit=${BOUNDS.listRowsMax}`;
    try {
      this.#store.loadHistory(await this.#api.list<PnlView>(path, BOUNDS.historyRowsMax));
    } catch (error) {
      if (problemOf(error).status !== 401) this.#notice("bad", "No history for the curve", problemOf(error));
    }
  }

  /** Lists that have no channel: read while the page is open, each on its own so that one failing hides no other. */
  async #poll(): Promise<void> {
    this.#stopPoll();
    await this.#refresh();
    if (this.#store.session.value !== "signedIn") return;
    this.#stopPoll(); // Signed out and in again while it waited: one chain of polls, not two.
    this.#cancelPoll = this.#world.after(BOUNDS.pollMs, () => void this.#poll());
  }

  async #refresh(): Promise<void> {
    const store = this.#store;
    const list = <T>(path: string) => this.#api.list<T>(path, BOUNDS.listRowsMax);
    const reads: (() => Promise<void>)[] = [
      async () => {
        store.instances.value = await list<InstanceView>("/instances");
      },
      async () => {
        store.balances.value = await list<BalanceView>("/balances");
      },
      async () => {
        store.accounts.value = await list<AccountView>("/accounts");
      },
      async () => store.takeRisk(await this.#api.get<RiskView>("/risk/state")),
    ];
    if (store.stale.value) reads.push(async () => store.takeStatus(await this.#api.get<StatusView>("/status")));
    const ends = await Promise.allSettled(reads.map((read) => read()));
    const failed = ends.find((end) => end.status === "rejected");
    store.pollProblem.value = failed === undefined ? undefined : problemOf(failed.reason);
  }

  async #act(done: string | undefined, failed: string, ask: () => Promise<unknown>): Promise<void> {
    try {
      await ask();
      if (done !== undefined) this.#notice("good", done);
    } catch (error) {
      this.#notice("bad", failed, problemOf(error));
    }
    await this.#refresh();
  }

  #notice(...args: Parameters<Store["notice"]>): void {
    const id = this.#store.notice(...args);
    this.#world.after(BOUNDS.noticeMs, () => this.#store.dismiss(id));
  }

  #heard(take: () => void): void {
    this.#store.heardMs.value = this.stream.heardMs;
    take();
  }
}
