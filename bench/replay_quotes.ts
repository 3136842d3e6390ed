/** Frames a second through decoder, engine, book and a strategy, from memory, against a plain JavaScript loop. */

import emaCross from "../src/strategy/builtin/ema_cross.ts";
import type { Bench } from "./bench.ts";
import { makeFrames } from "./frames.ts";
import { makeRig } from "./replay_rig.ts";

const FRAMES = 200_000;

interface Message {
  readonly lastUpdateId?: number;
  readonly bids?: [string, string][];
  readonly asks?: [string, string][];
  readonly data?: {
    readonly e?: string;
    readonly p?: string;
    readonly b: string | [string, string][];
    readonly B: string;
    readonly a: string | [string, string][];
    readonly A: string;
  };
}

const bench: Bench = {
  name: "replay.quotes",
  unit: "frames/s",
  baseline: "JSON.parse, objects and a Map book",
  allocationFree: false,
  prepare() {
    const capture = makeFrames(FRAMES, false);
    return {
      ops: FRAMES,
      run() {
        const rig = makeRig(capture, emaCross);
        rig.run(capture, 0, FRAMES);
        if (rig.market.instrument(0)?.book?.gaps !== 0) throw new Error("the replay went wrong");
      },
      baselineOps: FRAMES,
      baselineRun() {
        plainLoop(capture.texts);
      },
    };
  },
};

function plainLoop(texts: readonly string[]): number {
  const bids = new Map<number, number>();
  const asks = new Map<number, number>();
  let ema = 0;
  const apply = (side: Map<number, number>, levels: readonly [string, string][]) => {
    for (const [price, qty] of levels) {
      if (Number(qty) === 0) side.delete(Number(price));
      else side.set(Number(price), Number(qty));
    }
  };
  for (const text of texts) {
    const message = JSON.parse(text) as Message;
    const { data } = message;
    if (data === undefined) {
      apply(bids, message.bids ?? []);
      apply(asks, message.asks ?? []);
    } else if (data.e === "depthUpdate") {
      apply(bids, data.b as [string, string][]);
      apply(asks, data.a as [string, string][]);
    } else if (data.e === "trade") ema += (Number(data.p) - ema) / 10;
    else ema += (Number(data.b) + Number(data.a)) * 1e-12;
  }
  return ema + bids.size + asks.size;
}

export default bench;
