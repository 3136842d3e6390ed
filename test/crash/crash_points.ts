/** The twelve points at which a process dies, and how one death is asked for. */

export enum CrashPoint {
  InRing = 1,
  BeforeWrite = 2,
  MidWrite = 3,
  WrittenNotSynced = 4,
  DurableBeforeSocket = 5,
  BytesLeaving = 6,
  AcceptedNoAck = 7,
  AckNotJournaled = 8,
  FillUnseen = 9,
  InSnapshot = 10,
  InRoll = 11,
  InRecovery = 12,
}

export const CRASH_POINTS = Object.values(CrashPoint).filter((value) => typeof value === "number");

export interface Death {
  /** Armed when this journal write (from 1) of the life is about to begin; of later lives: after so many steps. */
  readonly boundary: number;
  readonly point: CrashPoint;
  /** What was not synced goes too. */
  readonly isPowerLoss: boolean;
  /** The how-many-th chance is taken, from 0: which operation of a roll, which step of a recovery. */
  readonly skip: number;
}

/** The process is dead: whatever was under way in it is not. */
export class Died extends Error {
  override readonly name = "Died";
}

/** Watches for the moment of one death. */
export class Reaper {
  #isArmed = false;
  #skip: number;
  hasFired = false;

  constructor(readonly death: Death | undefined) {
    this.#skip = death?.skip ?? 0;
  }

  arm(): void {
    this.#isArmed = true;
  }

  /** True while the next chance at this point kills. */
  isDue(point: CrashPoint): boolean {
    return this.#isArmed && !this.hasFired && this.death?.point === point;
  }

  /** Dies here, if this is the point and its turn. */
  pass(point: CrashPoint): void {
    if (this.takes(point)) this.die();
  }

  /** As `pass`; the caller still has something to do before it calls `die`. */
  takes(point: CrashPoint): boolean {
    if (!this.isDue(point)) return false;
    return this.#skip-- <= 0;
  }

  die(): never {
    this.hasFired = true;
    throw new Died();
  }
}
