/** Requests a second of GET /api/v1/orders over loopback, kept alive: a page of 100 among 200 orders. */

import type { Measured, MeasuredBench } from "./bench.ts";
import { BENCH_TOKEN, controlRig } from "./control_rig.ts";
import { HttpLoad, type LoadResult } from "./http_load.ts";
import { percentile } from "./percentile.ts";

const ORDERS = 200;
const CONNECTIONS = 16;
const PATH = "/api/v1/orders";
const ROUNDS = 4;
const ROUND_MS = 1_000;
const ROUNDS_QUICK = 2;
const ROUND_MS_QUICK = 200;

const bench: MeasuredBench = {
  name: "api.get_orders",
  unit: "requests/s",
  baseline: "Bun.serve with a constant answer of the same size",
  async measure(quick: boolean): Promise<Measured> {
    const rig = controlRig(ORDERS);
    const text = await (await rig.control.handle(ordersRequest(rig.control.url))).text();
    const constant = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: () => new Response(text, { headers: { "content-type": "application/json" } }),
    });
    const load = new HttpLoad();
    try {
      const ask = (port: number | undefined, connections: number, ms: number) =>
        load.run({ port: port as number, path: PATH, token: BENCH_TOKEN, connections, ms });
      const ms = quick ? ROUND_MS_QUICK : ROUND_MS;
      await ask(rig.control.port, CONNECTIONS, ms);
      const ours: LoadResult[] = [];
      const plain: LoadResult[] = [];
      for (let round = 0; round < (quick ? ROUNDS_QUICK : ROUNDS); round++) {
        ours.push(await ask(rig.control.port, CONNECTIONS, ms));
        plain.push(await ask(constant.port, CONNECTIONS, ms));
      }
      // One request at a time: what a program sees that asks now and then.
      const alone = await ask(rig.control.port, 1, ms);
      if (ours.some(({ refused }) => refused > 0)) throw new Error("some answers were no 200");
      const latencies = joined(ours);
      return {
        value: middle(ours),
        baselineValue: middle(plain),
        figures: {
          p50Us: percentile(latencies, 0.5),
          p99Us: percentile(latencies, 0.99),
          aloneP50Us: percentile(alone.latenciesUs, 0.5),
          aloneP99Us: percentile(alone.latenciesUs, 0.99),
          baselineP99Us: percentile(joined(plain), 0.99),
          answerBytes: (ours[0] as LoadResult).bytesPerAnswer,
          connections: CONNECTIONS,
        },
      };
    } finally {
      load.stop();
      await constant.stop(true);
      await rig.control.stop();
    }
  },
};

function ordersRequest(url: string): Request {
  return new Request(url + PATH, { headers: { authorization: `Bearer ${BENCH_TOKEN}` } });
}

function middle(results: readonly LoadResult[]): number {
  return percentile(Float64Array.from(results.map(({ perSecond }) => perSecond)).sort(), 0.5);
}

function joined(results: readonly LoadResult[]): Float64Array {
  return Float64Array.from(results.flatMap(({ latenciesUs }) => [...latenciesUs])).sort();
}

export default bench;
