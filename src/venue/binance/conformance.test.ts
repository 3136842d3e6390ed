/** The live gateways against the cards of every venue: at the venue simulator, over real sockets. */

import { afterAll } from "bun:test";
import { conformance, type VenueUnderTest } from "../../../test/conformance/venue.ts";
import type { Simulator } from "../../exchange/simulator.ts";
import { ASK, BID, GatewayRig, stillSimulator } from "./gateway_rig.testing.ts";

const simulators: Simulator[] = [];
afterAll(() => Promise.all(simulators.map((simulator) => simulator.stop())));

async function make(market: "spot" | "usdm"): Promise<VenueUnderTest> {
  const simulator = await stillSimulator(market);
  simulators.push(simulator);
  const rig = await new GatewayRig(simulator, market).up();
  return {
    gateway: rig.gateway,
    instrument: 0,
    quietInstrument: 1,
    bid: BID,
    ask: ASK,
    tick: 10,
    qty: 1_000,
    hasPositions: market === "usdm",
    settle: () => rig.settle(),
    disconnect: () => simulator.trading?.befall("private-close"),
    close: () => rig.gateway.stop(),
  };
}

conformance("binance-spot, live gateway", () => make("spot"));
conformance("binance-usdm, live gateway", () => make("usdm"));
