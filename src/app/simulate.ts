/** Simulate: a venue's market data served on loopback, one server for each market. */

import { Code } from "../core/code.ts";
import { ProblemError, problem } from "../core/problem.ts";
import { type FaultShares, readFaults } from "../exchange/binance/faults.ts";
import { type Simulator, startSimulator } from "../exchange/binance/simulator.ts";

export interface SimulatePlan {
  readonly venues: readonly string[];
  readonly host: string;
  /** Of the first venue; the others take the following ports. 0: any free ones. */
  readonly port: number;
  readonly files: readonly string[];
  readonly speed: number;
  readonly seed: number;
  readonly faults: string;
  readonly start: "subscribe" | "now";
}

export interface RunningVenue {
  readonly venue: string;
  readonly simulator: Simulator;
}

const MARKETS = { "binance-spot": "spot", "binance-usdm": "usdm" } as const;

/** Throws ProblemError with the first thing that is wrong; nothing is left running then. */
export async function startVenues(plan: SimulatePlan): Promise<RunningVenue[]> {
  const faults: FaultShares = readFaults(plan.faults);
  const running: RunningVenue[] = [];
  try {
    for (const [index, venue] of plan.venues.entries()) {
      const market = MARKETS[venue as keyof typeof MARKETS];
      if (market === undefined) {
        const hint = `one of ${Object.keys(MARKETS).join(", ")}`;
        throw new ProblemError(problem(Code.Usage, `no venue is called ${venue}`, {}, hint));
      }
      const port = plan.port === 0 ? 0 : plan.port + index;
      running.push({ venue, simulator: startSimulator({ ...plan, market, port, faults }) });
    }
    return running;
  } catch (error) {
    for (const { simulator } of running) await simulator.stop();
    throw error;
  }
}
