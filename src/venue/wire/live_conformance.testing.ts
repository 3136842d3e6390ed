/** A live gateway at its simulator as the cards of every venue want it. */

import { afterAll } from "bun:test";
import { conformance } from "../../../test/conformance/venue.ts";
import type { Simulator } from "../../exchange/simulator.ts";
import type { LiveRig } from "./live_rig.testing.ts";
import { ASK, BID } from "./still_market.testing.ts";

export interface LiveSubject {
  start(): Promise<Simulator>;
  rig(simulator: Simulator): LiveRig;
  /** Orders go there; nothing happens in the one after it. */
  readonly instrument?: number;
  readonly hasPositions: boolean;
}

/** Every card has a simulator of its own. */
export function liveConformance(name: string, { start, rig: make, instrument = 0, hasPositions }: LiveSubject): void {
  const simulators: Simulator[] = [];
  afterAll(() => Promise.all(simulators.map((simulator) => simulator.stop())));
  conformance(name, async () => {
    const simulator = await start();
    simulators.push(simulator);
    const rig = await make(simulator).up();
    return {
      ...{ gateway: rig.gateway, instrument, quietInstrument: instrument + 1, hasPositions },
      ...{ bid: BID, ask: ASK, tick: 10, qty: 1_000 },
      settle: () => rig.settle(),
      disconnect: () => simulator.trading?.befall("private-close"),
      close: () => rig.gateway.stop(),
    };
  });
}
