/** The venue simulator put together: captured files or the synthetic market behind the venues' own protocols. */

import { Code } from "../core/code.ts";
import { ProblemError, problem } from "../core/problem.ts";
import type { Feed, SimVenue } from "../exchange/feed.ts";
import type { Message } from "../exchange/message.ts";
import { type Simulator, type SimulatorStatus, startSimulator } from "../exchange/simulator.ts";
import { SyntheticFeed } from "../exchange/synthetic_feed.ts";
import { SyntheticInstrument } from "../match/synthetic.ts";
import { defaultSpecs } from "../match/synthetic_specs.ts";

/** What the verb `simulate` takes. */
export interface SimulateOptions {
  /** At least one. */
  readonly venues: readonly SimVenue[];
  /** Capture files, or `synthetic`. */
  readonly feed: readonly string[] | "synthetic";
  readonly speed: number;
  readonly host: string;
  readonly port: number;
  readonly seed: number;
  readonly faults: Message;
  readonly loop: boolean;
  readonly start: "on-subscribe" | "now" | undefined;
  readonly exchangeInfoFiles: readonly string[];
  readonly onEnd: (status: SimulatorStatus) => void;
}

/** Throws ProblemError as `startSimulator` does. A synthetic market begins at once, a capture with its first client. */
export function simulate(options: SimulateOptions): Promise<Simulator> {
  const { venues, feed, seed } = options;
  if (feed !== "synthetic") return startSimulator({ ...options, feed, start: options.start ?? "on-subscribe" });
  if (options.loop)
    throw new ProblemError(problem(Code.Usage, "--loop is for captured files: a synthetic feed has no end"));
  return startSimulator({
    ...options,
    feed: syntheticFeed(venues, seed, Date.now() * 1_000),
    start: options.start ?? "now",
  });
}

/** The built-in instruments of the venues; spot and perpetual of one base follow the same path. */
export function syntheticFeed(venues: readonly SimVenue[], seed: number, startUs: number): Feed {
  const specs = defaultSpecs().filter((spec) =>
    venues.includes(spec.perpetual === undefined ? "binance-spot" : "binance-usdm"),
  );
  const bases = [...new Set(specs.map((spec) => spec.base))];
  const make = (spec: (typeof specs)[number], at: number) =>
    new SyntheticInstrument(spec, seed + 100 + at, startUs, seed + bases.indexOf(spec.base));
  return new SyntheticFeed(specs.map(make), startUs);
}
