/** The live gateways against the cards of every venue: at the venue simulator, over real sockets; orders by socket and by REST. */

import { afterAll } from "bun:test";
import { conformance, type VenueUnderTest } from "../../../test/conformance/venue.ts";
import type { Simulator } from "../../exchange/simulator.ts";
import type { Category } from "./category.ts";
import { ASK, BID, GatewayRig, stillSimulator } from "./gateway_rig.testing.ts";

const simulators: Simulator[] = [];
afterAll(() => Promise.all(simulators.map((simulator) => simulator.stop())));

async function make(category: Category, isRestOnly = false): Promise<VenueUnderTest> {
  const simulator = await stillSimulator(category);
  simulators.push(simulator);
  const rig = await new GatewayRig(simulator, category, { isRestOnly }).up();
  return {
    gateway: rig.gateway,
    instrument: 0,
    quietInstrument: 1,
    bid: BID,
    ask: ASK,
    tick: 10,
    qty: 1_000,
    hasPositions: category === "linear",
    settle: () => rig.settle(),
    disconnect: () => simulator.trading?.befall("private-close"),
    close: () => rig.gateway.stop(),
  };
}

conformance("bybit-spot, live gateway", () => make("spot"));
conformance("bybit-linear, live gateway", () => make("linear"));
conformance("bybit-linear, live gateway by REST", () => make("linear", true));
