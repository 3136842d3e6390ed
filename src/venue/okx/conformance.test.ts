/** OKX's live gateway against the cards of every venue: at the venue simulator, over real sockets. */

import { afterAll } from "bun:test";
import { conformance, type VenueUnderTest } from "../../../test/conformance/venue.ts";
import type { Simulator } from "../../exchange/simulator.ts";
import { ASK, BID, GatewayRig, SPOT, SWAP, stillSimulator } from "./gateway_rig.testing.ts";

const simulators: Simulator[] = [];
afterAll(() => Promise.all(simulators.map((simulator) => simulator.stop())));

async function make(instrument: number): Promise<VenueUnderTest> {
  const simulator = await stillSimulator();
  simulators.push(simulator);
  const rig = await new GatewayRig(simulator).up();
  return {
    gateway: rig.gateway,
    instrument,
    quietInstrument: instrument + 1,
    bid: BID,
    ask: ASK,
    tick: 10,
    qty: 1_000,
    hasPositions: instrument === SWAP,
    settle: () => rig.settle(),
    disconnect: () => simulator.trading?.befall("private-close"),
    close: () => rig.gateway.stop(),
  };
}

conformance("okx spot, live gateway", () => make(SPOT));
conformance("okx swap, live gateway", () => make(SWAP));
