/** A client of HTTP benches on a thread of its own, so that its work is not the server's. */

export interface LoadOrder {
  readonly port: number;
  readonly path: string;
  readonly token: string;
  readonly connections: number;
  readonly ms: number;
}

export interface LoadResult {
  readonly perSecond: number;
  /** From the request to the last byte of its answer, sorted. */
  readonly latenciesUs: Float64Array;
  /** Answers other than 200. */
  readonly refused: number;
  readonly bytesPerAnswer: number;
}

export class HttpLoad {
  readonly #worker = new Worker(workerPath());

  /** One run after the other. Rejects when the server closes a connection or answers without a length. */
  run(order: LoadOrder): Promise<LoadResult> {
    return new Promise((resolve, reject) => {
      this.#worker.onmessage = (event: MessageEvent<LoadResult | { error: string }>) => {
        if ("error" in event.data) reject(new Error(event.data.error));
        else resolve(event.data);
      };
      this.#worker.onerror = (event) => reject(new Error(event.message));
      this.#worker.postMessage(order);
    });
  }

  stop(): void {
    this.#worker.terminate();
  }
}

/** A source file and an executable name their workers differently. */
function workerPath(): string {
  const isEmbedded = Bun.main.startsWith("/$bunfs");
  return isEmbedded ? "./bench/http_load.worker.ts" : new URL("./http_load.worker.ts", import.meta.url).href;
}
