/** Every journal write of scripted sessions × every crash point, and deaths within recoveries: nothing lost, nothing twice. */

import { Prng } from "../../src/core/prng.ts";
import type { Protocol } from "./crash_gateway.ts";
import { CRASH_POINTS, CrashPoint, type Death } from "./crash_points.ts";
import type { Planted } from "./crash_process.ts";
import type { SnapshotHook } from "./crash_snapshot.ts";
import { CrashSession, type SessionResult } from "./crash_world.ts";

export interface BoundariesOptions {
  readonly seed: number;
  /** Sessions are run, each with a script of its own, until so many journal writes have been covered. */
  readonly boundaries: number;
  readonly protocol?: Protocol;
  readonly planted?: Planted;
  /** Absent: no death in a snapshot. */
  readonly snapshots?: SnapshotHook | undefined;
  /** Told once a session. */
  readonly onSession?: (text: string) => void;
  /** Ends at the first break. */
  readonly breaksMax?: number;
}

export interface BoundariesReport {
  readonly sessions: number;
  readonly boundaries: number;
  /** Sessions that were run through at least one death, and the deaths in them. */
  readonly cases: number;
  readonly deaths: number;
  /** Cases of two deaths and of three. */
  readonly doubles: number;
  readonly triples: number;
  /** Deaths that came, by point. Late in a session there may be no further order to die at. */
  readonly fired: Readonly<Record<string, number>>;
  readonly breaks: readonly string[];
}

const WAVES = 20;
const BREAKS_MAX = 10;
const SKIP_MAX = 80;
/** How many chances there are about in one roll and in one snapshot. */
const SKIPS = { [CrashPoint.InRoll]: 4, [CrashPoint.InSnapshot]: 24 } as const;

export class Boundaries {
  readonly #breaks: string[] = [];
  readonly #fired: Record<string, number> = {};
  #sessions = 0;
  #boundaries = 0;
  #cases = 0;
  #deaths = 0;
  #doubles = 0;
  #triples = 0;

  constructor(readonly options: BoundariesOptions) {}

  run(): BoundariesReport {
    const { seed, boundaries, onSession } = this.options;
    for (let session = seed; this.#boundaries < boundaries && !this.#isOver; session++) {
      this.#session(session);
      onSession?.(`session ${session}: ${this.#boundaries} boundaries, ${this.#cases} cases, ${this.#deaths} deaths`);
    }
    return {
      sessions: this.#sessions,
      boundaries: this.#boundaries,
      cases: this.#cases,
      deaths: this.#deaths,
      doubles: this.#doubles,
      triples: this.#triples,
      fired: this.#fired,
      breaks: this.#breaks,
    };
  }

  get #isOver(): boolean {
    return this.#breaks.length >= (this.options.breaksMax ?? BREAKS_MAX);
  }

  #session(seed: number): void {
    const whole = this.#run(seed, []);
    this.#sessions++;
    this.#note(seed, [], whole.breaks);
    for (let boundary = 1; boundary <= whole.boundaries && !this.#isOver; boundary++) {
      if (this.#boundaries >= this.options.boundaries) return;
      this.#boundaries++;
      for (const point of CRASH_POINTS) {
        if (point !== CrashPoint.InSnapshot || this.options.snapshots !== undefined)
          this.#case(seed, boundary, point, whole);
      }
    }
  }

  #case(seed: number, boundary: number, point: CrashPoint, whole: SessionResult): void {
    const random = new Prng((seed * 4_099 + boundary) * 16 + point);
    const deaths = deathsOf(boundary, point, random);
    const result = this.#run(seed, deaths);
    this.#cases++;
    this.#deaths += result.died;
    if (result.died > 1) this.#doubles++;
    if (result.died > 2) this.#triples++;
    for (const death of deaths.slice(0, result.died)) {
      const name = CrashPoint[death.point] as string;
      this.#fired[name] = (this.#fired[name] ?? 0) + 1;
    }
    this.#note(seed, deaths, [...result.breaks, ...otherEnds(whole, result)]);
  }

  #run(seed: number, deaths: readonly Death[]): SessionResult {
    const { protocol, planted = {}, snapshots } = this.options;
    return new CrashSession({ seed, waves: WAVES, protocol, deaths, planted, snapshots }).run();
  }

  #note(seed: number, deaths: readonly Death[], breaks: readonly string[]): void {
    const where = deaths.map(
      ({ boundary, point, isPowerLoss, skip }) =>
        `${CrashPoint[point]}@${boundary}+${skip}${isPowerLoss ? " and the power" : ""}`,
    );
    for (const text of breaks) this.#breaks.push(`session ${seed}, ${where.join(", then ") || "no death"}: ${text}`);
  }
}

/**
 * One death at the boundary; the twelfth point and one case in four die again in the recovery or soon after it, and half
 * of those a third time.
 */
function deathsOf(boundary: number, point: CrashPoint, random: Prng): Death[] {
  const isPowerLoss = () => random.nextBelow(2) === 0;
  const inRecovery = () => ({
    boundary: 0,
    point: CrashPoint.InRecovery,
    isPowerLoss: isPowerLoss(),
    skip: random.nextBelow(SKIP_MAX),
  });
  const isInRecovery = point === CrashPoint.InRecovery;
  const first = isInRecovery ? (CRASH_POINTS[random.nextBelow(8)] as CrashPoint) : point;
  const skip = point === CrashPoint.InRoll || point === CrashPoint.InSnapshot ? random.nextBelow(SKIPS[point]) : 0;
  const deaths: Death[] = [{ boundary, point: first, isPowerLoss: isPowerLoss(), skip }];
  if (!isInRecovery && random.nextBelow(4) !== 0) return deaths;
  deaths.push(inRecovery());
  if (random.nextBelow(2) === 0) return deaths;
  const again = CRASH_POINTS[random.nextBelow(9)] as CrashPoint;
  const soon = { boundary: 1 + random.nextBelow(4), point: again, isPowerLoss: isPowerLoss(), skip: 0 };
  deaths.push(random.nextBelow(2) === 0 ? inRecovery() : soon);
  return deaths;
}

/** What reached the venue in both runs ends alike there: its fate hangs on its terms alone. */
function otherEnds(whole: SessionResult, crashed: SessionResult): string[] {
  const others: string[] = [];
  for (const [key, qty] of crashed.filled) {
    const undisturbed = whole.filled.get(key);
    if (undisturbed !== undefined && undisturbed !== qty) {
      others.push(`${key} filled ${qty}, and ${undisturbed} when nothing died`);
    }
  }
  return others;
}
