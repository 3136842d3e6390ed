/** What a decoder has seen: frames by stream, set-aside frames by code, unknown messages by name; all bounded. */

import { assert } from "../../core/assert.ts";
import { Code, codeName } from "../../core/code.ts";
import { type FrameBytes, Pattern } from "../wire/frame_bytes.ts";

export interface Sampled {
  count: number;
  /** Beginning of the first such frame. */
  readonly sample: string;
}

export const SAMPLE_UNITS_MAX = 200;
const NAME_UNITS_MAX = 64;
/** Where names beyond the limit are counted. */
export const OTHER_NAMES = "(other)";
const FIRST_BYTES = 256;

/** How one venue names its streams in frames. */
export interface StreamNaming {
  /** What follows a stream's name in a frame, as far as what is read next: compared with it at once. */
  readonly afterName: string;
  /** Class of a stream by its name, a small number of the venue's own; asked once for each name. */
  classOf(name: string): number;
}

/** Counters of one decoder. Reading them allocates; counting known streams does not. */
export class DecodeStats {
  /** Frames given to the decoder. */
  frames = 0;
  readonly #namesMax: number;
  readonly #streamNames: string[] = [OTHER_NAMES];
  readonly #streamPatterns: (Pattern | undefined)[] = [undefined];
  readonly #streamClasses: Uint8Array;
  readonly #streamCounts: Float64Array;
  /** Stream last seen for each first byte of its name. */
  readonly #byFirstByte: Int32Array;
  readonly #setAside = new Map<Code, Sampled>();
  readonly #unknown = new Map<string, Sampled>();

  constructor(
    namesMax: number,
    readonly naming: StreamNaming,
  ) {
    assert(namesMax > 0, Code.ValueOutOfRange);
    this.#namesMax = namesMax;
    this.#streamClasses = new Uint8Array(namesMax + 1).fill(naming.classOf(OTHER_NAMES));
    this.#streamCounts = new Float64Array(namesMax + 1);
    this.#byFirstByte = new Int32Array(FIRST_BYTES);
  }

  /** Frames by stream name without its symbol, e.g. `bookTicker`, `depth@100ms`, `restSnapshot`. */
  byStream(): Record<string, number> {
    const out: Record<string, number> = {};
    this.#streamNames.forEach((name, n) => {
      const count = this.#streamCounts[n] as number;
      if (count > 0) out[name] = count;
    });
    return out;
  }

  /** Frames set aside, all codes together. */
  get setAsideTotal(): number {
    let total = 0;
    for (const sampled of this.#setAside.values()) total += sampled.count;
    return total;
  }

  /** Set-aside frames by name of their code, with the first sample of each. */
  setAside(): Record<string, Sampled> {
    return Object.fromEntries([...this.#setAside].map(([code, sampled]) => [codeName(code), { ...sampled }]));
  }

  /** Messages that were not decoded, by their own name, with the first sample of each. */
  unknown(): Record<string, Sampled> {
    return Object.fromEntries([...this.#unknown].map(([name, sampled]) => [name, { ...sampled }]));
  }

  setAsideOf(code: Code): number {
    return this.#setAside.get(code)?.count ?? 0;
  }

  /** Index of the stream whose name stands at `from`, `bytes.end` at the first key of its data; -1: not interned yet. */
  streamAt(bytes: FrameBytes, from: number): number {
    const first = bytes.u8[from] as number;
    const last = this.#byFirstByte[first] as number;
    const likely = this.#streamPatterns[last];
    if (likely !== undefined && bytes.match(from, likely)) return last;
    for (let n = 1; n < this.#streamPatterns.length; n++) {
      const pattern = this.#streamPatterns[n];
      if (pattern === undefined || !bytes.match(from, pattern)) continue;
      this.#byFirstByte[first] = n;
      return n;
    }
    return -1;
  }

  streamName(stream: number): string {
    return this.#streamNames[stream] as string;
  }

  streamClass(stream: number): number {
    return this.#streamClasses[stream] as number;
  }

  /** Index of a stream name, interned while there is room. */
  internStream(name: string): number {
    const known = this.#streamNames.indexOf(name, 1);
    if (known > 0) return known;
    if (name.length === 0 || name.length > NAME_UNITS_MAX || this.#streamNames.length > this.#namesMax) return 0;
    this.#streamNames.push(copied(name, NAME_UNITS_MAX));
    // A name with a quote or an escape in it is written otherwise in the text: never on the fast path.
    this.#streamPatterns.push(/^[A-Za-z0-9_@!.-]+$/.test(name) ? new Pattern(name + this.naming.afterName) : undefined);
    const stream = this.#streamNames.length - 1;
    this.#streamClasses[stream] = this.naming.classOf(name);
    return stream;
  }

  countStream(stream: number): void {
    this.#streamCounts[stream] = (this.#streamCounts[stream] as number) + 1;
  }

  countSetAside(code: Code, text: string): void {
    assert(code !== Code.Ok, Code.InvariantBroken);
    const known = this.#setAside.get(code);
    if (known === undefined) this.#setAside.set(code, { count: 1, sample: copied(text, SAMPLE_UNITS_MAX) });
    else known.count++;
  }

  countUnknown(name: string, text: string): void {
    const short = name.length > NAME_UNITS_MAX ? name.slice(0, NAME_UNITS_MAX) : name;
    const key = this.#unknown.has(short) || this.#unknown.size < this.#namesMax ? short : OTHER_NAMES;
    const known = this.#unknown.get(key);
    if (known === undefined)
      this.#unknown.set(copied(key, NAME_UNITS_MAX), { count: 1, sample: copied(text, SAMPLE_UNITS_MAX) });
    else known.count++;
  }
}

/** A short copy: a plain slice would keep the whole frame alive. */
function copied(text: string, unitsMax: number): string {
  return text.slice(0, unitsMax).split("").join("");
}
