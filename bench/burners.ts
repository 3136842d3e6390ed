/** Threads that use a stated share of a core each: the load beside which another one is judged. */

export interface BurnOrder {
  /** Of one core, 0–1. */
  readonly share: number;
  readonly ms: number;
}

export class Burners {
  readonly #workers: Worker[];

  constructor(readonly count: number) {
    this.#workers = Array.from({ length: count }, () => new Worker(workerPath()));
  }

  /** One share for each. Until all of them have ended. */
  async run(shares: readonly number[], ms: number): Promise<void> {
    await Promise.all(this.#workers.map((worker, n) => burn(worker, shares[n] ?? 0, ms)));
  }

  stop(): void {
    for (const worker of this.#workers) worker.terminate();
  }
}

function burn(worker: Worker, share: number, ms: number): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.onmessage = () => resolve();
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage({ share, ms } satisfies BurnOrder);
  });
}

/** A source file and an executable name their workers differently. */
function workerPath(): string {
  const isEmbedded = Bun.main.startsWith("/$bunfs");
  return isEmbedded ? "./bench/burn.worker.ts" : new URL("./burn.worker.ts", import.meta.url).href;
}
