/** The memory that the threads of one gateway share: lanes, ring, board and single words. One set for each engine. */

import type { Limits } from "../core/limits.ts";
import { MessageLane } from "../ring/message_lane.ts";
import { TradingRing } from "../ring/trading_ring.ts";

/** Int32 words between the control thread and the engine thread. */
export enum Beat {
  /** Rises with every turn of the engine's loop: the supervisor watches it. */
  Turns = 0,
  /** `EnginePhase`. */
  Phase = 1,
  /** Coalesced wakes: see ring/wake.ts. */
  EngineWake = 2,
  ControlWake = 3,
  /** Non-zero kills, whatever else happens. */
  Kill = 4,
  /** Low 32 bits of the last input number. */
  Input = 5,
  /** Instance whose handler runs now, 0 = none: who is to blame when the engine stalls. */
  Handler = 6,
}

export enum EnginePhase {
  Starting = 0,
  Running = 1,
  Stopped = 2,
  Failed = 3,
}

const BEAT_WORDS = 16;

/** Buffers as they are posted to a thread. */
export interface ThreadBuffers {
  readonly ring: SharedArrayBuffer;
  readonly commands: SharedArrayBuffer;
  readonly answers: SharedArrayBuffer;
  readonly board: SharedArrayBuffer;
  readonly beat: SharedArrayBuffer;
}

export function threadBuffers(limits: Limits, board: SharedArrayBuffer): ThreadBuffers {
  return {
    ring: new SharedArrayBuffer(TradingRing.bytes(limits.tradingRingBytes)),
    commands: new SharedArrayBuffer(MessageLane.bytes(limits.messageLaneBytes)),
    answers: new SharedArrayBuffer(MessageLane.bytes(limits.messageLaneBytes)),
    board,
    beat: new SharedArrayBuffer(BEAT_WORDS * 4),
  };
}

/** One word as an array of its own, for those who take a flag. */
export function beatWord(buffers: ThreadBuffers, word: Beat): Int32Array {
  return new Int32Array(buffers.beat, word * 4, 1);
}
