/** The live gateways against the cards of every venue: at the venue simulator, over real sockets; orders by socket and by REST. */

import { type LiveSubject, liveConformance } from "../wire/live_conformance.testing.ts";
import type { Category } from "./category.ts";
import { GatewayRig, stillSimulator } from "./gateway_rig.testing.ts";

function subject(category: Category, isRestOnly = false): LiveSubject {
  return {
    start: () => stillSimulator(category),
    rig: (simulator) => new GatewayRig(simulator, category, { isRestOnly }),
    hasPositions: category === "linear",
  };
}

liveConformance("bybit-spot, live gateway", subject("spot"));
liveConformance("bybit-linear, live gateway", subject("linear"));
liveConformance("bybit-linear, live gateway by REST", subject("linear", true));
