/**
 * The page of memory that a gateway and its watchdog process beat into: one file, mapped by both, 4 KiB.
 *
 * ```text
 * byte   word                                            written by
 *   0    magic "MHBT"      4  version                    whoever makes the file
 *   8    gateway epoch    12  gateway pid   16  state    the gateway's control thread
 *  20    stalls                                          the gateway's control thread
 *  64    engine beats     68  engine epoch               the engine thread
 *  72    last engine beat, f64                           the engine thread
 * 128    watchdog pid    132  guards epoch  136  state   the watchdog
 * 140    watchdog beats  144  alarms        148  done    the watchdog
 * 152    canceled        156  failed passes              the watchdog
 * 160    last watchdog beat, f64  168  blind, by bits   the watchdog
 * ```
 *
 * Silence is judged by the counters and the reader's own time: no clock has to agree with another, and none can step. The two
 * times (µs since the epoch) are for people. The writers stand on cache lines of their own.
 *
 * The file is named by the data directory and lies in memory (`/dev/shm`) where there is some: a store into a page of a file on
 * a disk waits while that page is being written back, which would stop the engine with the disk. `<dataDir>/heartbeat` is a link.
 */

import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { ProblemError, problem } from "../core/problem.ts";

export const HEARTBEAT_FILE = "heartbeat";
export const PAGE_BYTES = 4_096;
const MAGIC = 0x5442484d;
const VERSION = 1;
const MEMORY_DIR = "/dev/shm";
const ENGINE_US = 72 / 8;
const WATCHDOG_US = 160 / 8;

/** Int32 words of the page. */
enum Word {
  Magic = 0,
  Version = 1,
  Epoch = 2,
  GatewayPid = 3,
  GatewayState = 4,
  Stalls = 5,
  EngineBeats = 16,
  EngineEpoch = 17,
  WatchdogPid = 32,
  Guards = 33,
  WatchdogState = 34,
  WatchdogBeats = 35,
  Alarms = 36,
  AlarmsDone = 37,
  Canceled = 38,
  FailedPasses = 39,
  Blind = 42,
}

/** What the gateway says of itself. */
export enum GatewayState {
  None = 0,
  /** Orders may be open from here on; silence counts. */
  Guarded = 1,
  /** It was asked to stop: orders that stay are left on purpose. */
  Stopping = 2,
  Ended = 3,
}

export enum WatchdogState {
  None = 0,
  Watching = 1,
  Canceling = 2,
  Ended = 3,
}

/** What the watchdog has done, for status and metrics. */
export interface WatchdogFigures {
  readonly pid: number;
  readonly state: WatchdogState;
  /** Times that it took the engine for dead, and how many of those have come to an end. */
  readonly alarms: number;
  readonly alarmsDone: number;
  readonly canceled: number;
  readonly failedPasses: number;
  /** Bits of accounts that cannot be reached for a while: an alarm would be in vain. See `bitOf`. */
  readonly blind: number;
  /** µs since the epoch; 0 = never. */
  readonly lastBeatUs: number;
}

/** Bit of the account that is named at this place; those behind the last bit share it. */
export function bitOf(place: number): number {
  return 1 << Math.min(place, 30);
}

export class HeartbeatPage {
  readonly #words: Int32Array;
  readonly #times: Float64Array;

  private constructor(
    readonly path: string,
    bytes: Uint8Array,
  ) {
    assert(bytes.byteLength >= PAGE_BYTES, Code.LimitRelationBroken);
    this.#words = new Int32Array(bytes.buffer, bytes.byteOffset, PAGE_BYTES / 4);
    this.#times = new Float64Array(bytes.buffer, bytes.byteOffset, PAGE_BYTES / 8);
  }

  /** The gateway's: makes the file where there is none that can be used. Throws ProblemError HeartbeatUnusable. */
  static open(dataDir: string): HeartbeatPage {
    const path = join(dataDir, HEARTBEAT_FILE);
    try {
      if (!isOwn(dataDir, path) || !isWhole(path)) make(dataDir, path);
      return HeartbeatPage.map(path);
    } catch (error) {
      if (error instanceof ProblemError) throw error;
      const detail = error instanceof Error ? error.message : String(error);
      throw new ProblemError(problem(Code.HeartbeatUnusable, `${path}: ${detail}`, { file: path }));
    }
  }

  /** The same page elsewhere: another thread or process. Throws ProblemError HeartbeatUnusable. */
  static map(path: string): HeartbeatPage {
    // A shorter file would end the process at the first look at it.
    if (!isWhole(path)) {
      throw new ProblemError(problem(Code.HeartbeatUnusable, `${path} is no heartbeat page`, { file: path }));
    }
    return new HeartbeatPage(path, Bun.mmap(path, { shared: true }));
  }

  // The gateway.

  /**
   * A new gateway: watchdogs of an older one see that their time is over. Answers its epoch. Behind a gateway that died while
   * it was guarded the guard goes on: nobody looks after its orders until the new engine does.
   */
  takeOver(pid: number): number {
    const epoch = (Atomics.load(this.#words, Word.Epoch) + 1) & 0x7fff_ffff || 1;
    if (this.gatewayState !== GatewayState.Guarded) this.say(GatewayState.None);
    Atomics.store(this.#words, Word.GatewayPid, pid);
    Atomics.store(this.#words, Word.Epoch, epoch);
    return epoch;
  }

  say(state: GatewayState): void {
    Atomics.store(this.#words, Word.GatewayState, state);
  }

  /** The engine was found stalled: that it is replaced soon does not unmake it. */
  tellStall(): void {
    Atomics.add(this.#words, Word.Stalls, 1);
  }

  // The engine thread.

  beat(nowUs: number): void {
    Atomics.add(this.#words, Word.EngineBeats, 1);
    this.#times[ENGINE_US] = nowUs;
  }

  sayEngineEpoch(epoch: number): void {
    Atomics.store(this.#words, Word.EngineEpoch, epoch | 0);
  }

  // The watchdog.

  /** From here on the watchdog's words are this process's. `blind`: nobody knows yet whether these can be reached. */
  guard(pid: number, epoch: number, blind = 0): void {
    Atomics.store(this.#words, Word.Blind, blind);
    Atomics.store(this.#words, Word.WatchdogPid, pid);
    Atomics.store(this.#words, Word.Guards, epoch);
    Atomics.store(this.#words, Word.Alarms, 0);
    Atomics.store(this.#words, Word.AlarmsDone, 0);
    Atomics.store(this.#words, Word.Canceled, 0);
    Atomics.store(this.#words, Word.FailedPasses, 0);
  }

  /** Nothing is written once another watchdog has taken its place. */
  watchdogBeat(pid: number, state: WatchdogState, nowUs: number): void {
    if (this.watchdogPid !== pid) return;
    Atomics.store(this.#words, Word.WatchdogState, state);
    Atomics.add(this.#words, Word.WatchdogBeats, 1);
    this.#times[WATCHDOG_US] = nowUs;
  }

  count(pid: number, figures: Omit<WatchdogFigures, "pid" | "state" | "lastBeatUs">): void {
    if (this.watchdogPid !== pid) return;
    Atomics.store(this.#words, Word.Alarms, figures.alarms);
    Atomics.store(this.#words, Word.AlarmsDone, figures.alarmsDone);
    Atomics.store(this.#words, Word.Canceled, figures.canceled);
    Atomics.store(this.#words, Word.FailedPasses, figures.failedPasses);
    Atomics.store(this.#words, Word.Blind, figures.blind);
  }

  // Readers.

  get epoch(): number {
    return Atomics.load(this.#words, Word.Epoch);
  }

  get gatewayPid(): number {
    return Atomics.load(this.#words, Word.GatewayPid);
  }

  get gatewayState(): GatewayState {
    return Atomics.load(this.#words, Word.GatewayState);
  }

  get stalls(): number {
    return Atomics.load(this.#words, Word.Stalls);
  }

  get engineBeats(): number {
    return Atomics.load(this.#words, Word.EngineBeats);
  }

  get engineEpoch(): number {
    return Atomics.load(this.#words, Word.EngineEpoch);
  }

  get engineBeatUs(): number {
    return this.#times[ENGINE_US] as number;
  }

  get watchdogPid(): number {
    return Atomics.load(this.#words, Word.WatchdogPid);
  }

  get watchdogBeats(): number {
    return Atomics.load(this.#words, Word.WatchdogBeats);
  }

  get blind(): number {
    return Atomics.load(this.#words, Word.Blind);
  }

  /** Which gateway the watchdog looks after. */
  get guards(): number {
    return Atomics.load(this.#words, Word.Guards);
  }

  watchdog(): WatchdogFigures {
    return {
      pid: this.watchdogPid,
      state: Atomics.load(this.#words, Word.WatchdogState),
      alarms: Atomics.load(this.#words, Word.Alarms),
      alarmsDone: Atomics.load(this.#words, Word.AlarmsDone),
      canceled: Atomics.load(this.#words, Word.Canceled),
      failedPasses: Atomics.load(this.#words, Word.FailedPasses),
      blind: Atomics.load(this.#words, Word.Blind),
      lastBeatUs: this.#times[WATCHDOG_US] as number,
    };
  }
}

/** A file of ours, long enough, with our mark; of this user, whatever lies in the memory directory. */
function isWhole(path: string): boolean {
  let file: number;
  try {
    file = openSync(path, constants.O_RDWR);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
  try {
    const stat = fstatSync(file);
    if (!stat.isFile() || stat.size < PAGE_BYTES || stat.uid !== process.getuid?.()) return false;
    const head = new Int32Array(2);
    readSync(file, head, 0, 8, 0);
    return head[0] === MAGIC && head[1] === VERSION;
  } finally {
    closeSync(file);
  }
}

/** A new file under the name: whoever still maps the old one keeps it, and sees it fall silent. */
function make(dataDir: string, path: string): void {
  const draft = `${path}.${process.pid}`;
  rmSync(draft, { force: true });
  const inMemory = makeInMemory(dataDir);
  if (inMemory === undefined) fill(draft);
  else symlinkSync(inMemory, draft);
  renameSync(draft, path);
}

/** Undefined: there is no memory directory, or no room; the data directory will do. */
function makeInMemory(dataDir: string): string | undefined {
  const prefix = memoryPrefix(dataDir);
  try {
    // Of a directory that is gone, whose number was given out again.
    for (const name of readdirSync(MEMORY_DIR)) {
      if (join(MEMORY_DIR, name).startsWith(prefix)) rmSync(join(MEMORY_DIR, name), { force: true });
    }
    const path = `${prefix}${crypto.randomUUID()}`; // det-ok: a name that nobody had before
    fill(path);
    return path;
  } catch {
    return undefined;
  }
}

/** By what the directory is, not by how it is called: names repeat in containers, and a copy is another directory. */
function memoryPrefix(dataDir: string): string {
  const { dev, ino } = statSync(dataDir);
  return join(MEMORY_DIR, `meltica-${process.getuid?.() ?? 0}-${dev}-${ino}-`);
}

/** A link that was copied with its directory leads to the page of another gateway. */
function isOwn(dataDir: string, path: string): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat === undefined || !stat.isSymbolicLink() || readlinkSync(path).startsWith(memoryPrefix(dataDir));
}

/** Written, not only stretched: a store into a hole of a full disk would end the process. */
function fill(path: string): void {
  const file = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);
  try {
    const page = new Uint8Array(PAGE_BYTES);
    new Int32Array(page.buffer, 0, 2).set([MAGIC, VERSION]);
    ftruncateSync(file, 0);
    assert(writeSync(file, page, 0, PAGE_BYTES, 0) === PAGE_BYTES, Code.InvariantBroken);
  } finally {
    closeSync(file);
  }
}
