/** A client of the documented bootstrap, written plainly from the venue's words: it knows nothing of the simulator. */

import { patient } from "../../test/support/patience.ts";

type Levels = Map<string, string>;

export interface DepthMessage {
  readonly U: number;
  readonly u: number;
  readonly pu?: number;
  readonly b: [string, string][];
  readonly a: [string, string][];
}

export class BookClient {
  readonly bids: Levels = new Map();
  readonly asks: Levels = new Map();
  lastUpdateId = 0;
  applied = 0;
  dropped = 0;
  gaps = 0;
  snapshots = 0;
  received = 0;
  #buffer: DepthMessage[] = [];
  #state: "buffering" | "bridging" | "live" = "buffering";
  #asking = false;
  #socket: WebSocket | undefined;
  readonly #url: string;

  constructor(
    readonly socketUrl: string,
    restUrl: string,
    readonly stream: string,
    readonly isUsdm: boolean,
    limit: number,
  ) {
    this.#url = `${restUrl}?symbol=${stream.split("@")[0]?.toUpperCase()}&limit=${limit}`;
  }

  /** 1. open the stream; 2. buffer; 3. ask for the full book. */
  async open(): Promise<void> {
    const socket = new WebSocket(this.socketUrl);
    this.#socket = socket;
    socket.onmessage = (event) => {
      const message = JSON.parse(String(event.data));
      if (message.stream === this.stream) this.#take(message.data);
    };
    await new Promise<void>((resolve, reject) => {
      socket.onopen = () => resolve();
      socket.onerror = () => reject(new Error("no connection"));
    });
    socket.send(JSON.stringify({ method: "SUBSCRIBE", params: [this.stream], id: 1 }));
  }

  close(): void {
    this.#socket?.close();
  }

  best(side: Levels, isBid: boolean): [string, string] | undefined {
    const sorted = [...side].sort(([a], [b]) => (units(a) < units(b) ? -1 : 1));
    return isBid ? sorted.at(-1) : sorted[0];
  }

  #take(message: DepthMessage): void {
    this.received++;
    if (this.#state === "live") this.#follow(message);
    else {
      this.#buffer.push(message);
      void this.#ask();
    }
  }

  async #ask(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    const answer = await fetch(this.#url);
    const book = (await answer.json()) as { lastUpdateId: number; bids: [string, string][]; asks: [string, string][] };
    this.#asking = false;
    const first = this.#buffer[0] as DepthMessage;
    // 4. older than the first event: ask again.
    if (answer.status !== 200 || book.lastUpdateId < first.U) return;
    this.snapshots++;
    this.#start(book);
  }

  #start(book: { lastUpdateId: number; bids: [string, string][]; asks: [string, string][] }): void {
    this.bids.clear();
    this.asks.clear();
    set(this.bids, book.bids);
    set(this.asks, book.asks);
    this.lastUpdateId = book.lastUpdateId;
    this.#state = "live";
    let bridged = false;
    const buffer = this.#buffer;
    this.#buffer = [];
    // 5. drop what is older; 6. the first must bridge; then each must follow the one before.
    for (const message of buffer) {
      const isOld = this.isUsdm ? message.u < book.lastUpdateId : message.u <= book.lastUpdateId;
      if (isOld) {
        this.dropped++;
        continue;
      }
      if (!bridged) {
        const reach = this.isUsdm ? book.lastUpdateId : book.lastUpdateId + 1;
        if (message.U > reach || message.u < reach) {
          this.gaps++;
          this.#state = "buffering";
          return;
        }
        bridged = true;
        this.#apply(message);
      } else this.#follow(message);
    }
    if (!bridged) this.#bridgeFrom = book.lastUpdateId;
  }

  #bridgeFrom = 0;

  #follow(message: DepthMessage): void {
    if (this.#bridgeFrom !== 0) {
      const reach = this.isUsdm ? this.#bridgeFrom : this.#bridgeFrom + 1;
      if (message.u < reach) {
        this.dropped++;
        return;
      }
      if (message.U > reach && message.pu !== this.#bridgeFrom) this.gaps++;
      this.#bridgeFrom = 0;
      return this.#apply(message);
    }
    const follows = this.isUsdm ? message.pu === this.lastUpdateId : message.U === this.lastUpdateId + 1;
    if (follows) return this.#apply(message);
    this.gaps++;
    this.#state = "buffering";
    this.#buffer = [message];
    void this.#ask();
  }

  #apply(message: DepthMessage): void {
    set(this.bids, message.b);
    set(this.asks, message.a);
    this.lastUpdateId = message.u;
    this.applied++;
  }
}

function set(side: Levels, rows: readonly [string, string][]): void {
  for (const [price, qty] of rows) {
    if (units(qty) === 0n) side.delete(price);
    else side.set(price, qty);
  }
}

function units(text: string): bigint {
  const [whole, fraction = ""] = text.split(".");
  return BigInt((whole as string) + fraction.padEnd(8, "0"));
}

export async function until(condition: () => boolean, timeoutMs: number): Promise<boolean> {
  const end = performance.now() + patient(timeoutMs);
  while (!condition()) {
    if (performance.now() > end) return false;
    await Bun.sleep(5);
  }
  return true;
}
