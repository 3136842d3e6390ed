/** Finds the newest snapshot that can be believed and loads it; whatever is wrong with one, the one before is tried. */

import { Code } from "../core/code.ts";
import type { Limits } from "../core/limits.ts";
import { type Problem, ProblemError, problem } from "../core/problem.ts";
import { StateReader } from "../core/state_bytes.ts";
import { type JournalFs, realFs } from "../journal/journal_fs.ts";
import { Joint, joinSnapshot, listSnapshots, openSnapshot, type Snapshot } from "../journal/snapshot.ts";

/** What can be loaded from the front of a snapshot. */
export interface Restorable {
  load(from: StateReader): void;
  hash(): string;
}

export interface RestoreOptions {
  /** Snapshots of later records are not for the asker. Absent: any. */
  readonly record?: number;
  /** Why a snapshot was not used. */
  readonly onPassedOver?: (found: Problem) => void;
  readonly fs?: JournalFs;
}

/** Raised when apply means something else than before: snapshots of other meanings are never loaded. */
const STATE_VERSION = 2;

/**
 * `make` gives an empty state for each attempt, since a failed one leaves it half full; an empty one is the answer when
 * no snapshot can be used. Throws ProblemError JournalDamaged when a sound snapshot proves that the journal has lost
 * records which were durable.
 */
export function restore<T extends Restorable>(
  journalDir: string,
  limits: Limits,
  make: () => T,
  options: RestoreOptions = {},
): T {
  const { record = Number.POSITIVE_INFINITY, onPassedOver = () => {}, fs = realFs() } = options;
  const layout = stateLayout(limits);
  for (const path of listSnapshots(journalDir, fs)) {
    const snapshot = openSnapshot(path, fs);
    if (typeof snapshot !== "string" && snapshot.about.record > record) continue;
    const state = make();
    const misfit =
      typeof snapshot === "string"
        ? snapshot
        : (placeMisfit(journalDir, snapshot, fs) ?? load(snapshot, layout, state));
    if (misfit === undefined) return state;
    onPassedOver(problem(Code.SnapshotPassedOver, misfit, { file: path }));
  }
  return make();
}

/** Fingerprint of all that shapes the state's bytes and what records do to it. */
export function stateLayout(limits: Limits): string {
  const { accountsMax, instrumentsMax, assetsMax, instancesMax, ordersMax, fillsMax, historyRowsMax } = limits;
  const sizes = [accountsMax, instrumentsMax, assetsMax, instancesMax, ordersMax, fillsMax, historyRowsMax];
  return `${STATE_VERSION}:${sizes.join(":")}`;
}

function placeMisfit(journalDir: string, { about, path }: Snapshot, fs: JournalFs): string | undefined {
  const joint = joinSnapshot(journalDir, about.tail, fs);
  if (joint === Joint.Joined) return undefined;
  if (joint === Joint.Foreign) return `it belongs to another journal: record ${about.record} is another one here`;
  const detail = `a snapshot proves that record ${about.record} was durable, and the journal does not lead there`;
  const hint = "restore the journal; or remove the snapshot, if it is of another one";
  throw new ProblemError(problem(Code.JournalDamaged, detail, { file: path }, hint));
}

function load(snapshot: Snapshot, layout: string, state: Restorable): string | undefined {
  const { about } = snapshot;
  if (about.layout !== layout) return `its layout is ${about.layout} and ours ${layout}`;
  const payload = snapshot.payload();
  if (typeof payload === "string") return payload;
  try {
    state.load(new StateReader(payload));
  } catch (error) {
    return `it cannot be loaded: ${error instanceof Error ? error.message : String(error)}`;
  }
  return state.hash() === about.hash ? undefined : `it loads as ${state.hash()} and says ${about.hash}`;
}
