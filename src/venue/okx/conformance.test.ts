/** OKX's live gateway against the cards of every venue: at the venue simulator, over real sockets. */

import { type LiveSubject, liveConformance } from "../wire/live_conformance.testing.ts";
import { GatewayRig, SPOT, SWAP, stillSimulator } from "./gateway_rig.testing.ts";

function subject(instrument: number): LiveSubject {
  const hasPositions = instrument === SWAP;
  return { start: stillSimulator, rig: (simulator) => new GatewayRig(simulator), instrument, hasPositions };
}

liveConformance("okx spot, live gateway", subject(SPOT));
liveConformance("okx swap, live gateway", subject(SWAP));
