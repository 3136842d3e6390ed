/** Where the verb `up` meets the gateway: `app/gateway.ts` is loaded here, and only when it is to run. */

import type { StartGateway } from "./start_gateway.ts";

export async function loadStartGateway(): Promise<StartGateway> {
  const { startGateway } = await import("../app/gateway.ts");
  return startGateway;
}
