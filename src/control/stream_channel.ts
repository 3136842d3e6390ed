/** One channel of the stream: dense sequence, each update as finished text, and the newest ones for readers that resume. */

import type { Limits } from "../core/limits.ts";
import type { Channel, StreamMessage } from "./views.ts";

/** Share of a reader's buffer that a resume may fill at once; what is older is answered by a snapshot. */
const REPLAY_SHARE = 0.5;

export class StreamChannel {
  readonly #texts: string[] = [];
  #bytes = 0;
  /** Sequence of the last update. */
  seq: number;

  /** `firstSeq`: above all that an earlier process may have given, so that an old sequence is never taken for ours. */
  constructor(
    readonly name: Channel,
    readonly limits: Limits,
    firstSeq: number,
  ) {
    this.seq = firstSeq;
  }

  /** Text of the next update, remembered. */
  update(data: readonly unknown[], record: number): string {
    this.seq++;
    const text = messageText({ channel: this.name, type: "update", seq: this.seq, record, data });
    this.#texts.push(text);
    this.#bytes += text.length;
    const bytesMax = this.limits.streamBufferBytesMax * REPLAY_SHARE;
    while (this.#texts.length > this.limits.streamReplayMax || this.#bytes > bytesMax) {
      this.#bytes -= this.#texts.shift()?.length ?? 0;
    }
    return text;
  }

  snapshot(data: readonly unknown[], record: number): string {
    return messageText({ channel: this.name, type: "snapshot", seq: this.seq, record, data });
  }

  /** Updates after `seq`, oldest first; undefined when one of them is held no more, or `seq` is none of ours. */
  since(seq: number): readonly string[] | undefined {
    const missing = this.seq - seq;
    if (missing < 0 || missing > this.#texts.length) return undefined;
    return this.#texts.slice(this.#texts.length - missing);
  }

  /** Something changed that nobody was told: who resumes gets a snapshot. */
  skip(): void {
    this.seq++;
    this.#texts.length = 0;
    this.#bytes = 0;
  }
}

export function messageText(message: StreamMessage): string {
  return JSON.stringify(message);
}
