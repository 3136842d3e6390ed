/** What the application asks of a live gateway beyond the engine's port; the gateways of all venues have this shape. */

import type { Code } from "../core/code.ts";
import type { Problem } from "../core/problem.ts";
import type { VenueGateway } from "../engine/ports.ts";
import type { InstrumentTable } from "../model/instrument.ts";
import type { RequestBudget } from "../venue/wire/budget.ts";
import type { AccountFacts } from "../venue/wire/live_dialect.ts";
import type { GatewayStatus } from "../venue/wire/live_gateway.ts";
import type { OrderIds } from "../venue/wire/order_ids.ts";
import type { ReportSink } from "../venue/wire/outbox.ts";
import type { RequestClient } from "../venue/wire/rest.ts";
import type { Environment, VenueUrls } from "./config_environments.ts";
import type { OpenedKey } from "./live_keys.ts";

export interface LiveGateway extends VenueGateway {
  readonly clock: { readonly isKnown: boolean };
  start(): void;
  stop(): void;
  /** Once the clock is known. `done` is called once, later. */
  probe(done: (facts: AccountFacts | Problem) => void): void;
  status(): GatewayStatus;
  /**
   * Where the venue has a countdown: all orders of the instrument end when it is not renewed; 0 ends it. Ok: it was asked
   * for, and `done` hears once what the venue says: Ok when it has taken it.
   */
  armDeadMan?(instrument: number, countdownMs: number, done: (code: Code) => void): Code;
}

/** What a gateway is made of, whatever its venue. */
export interface LiveParts {
  readonly account: number;
  readonly urls: VenueUrls & { readonly environment: Environment };
  readonly key: OpenedKey;
  readonly rest: RequestClient;
  /** Weight of the address, shared with the provider's market session. */
  readonly budget: RequestBudget;
  readonly ids: OrderIds;
  readonly instruments: InstrumentTable;
  /**
   * Cash that moved since then without a fill is still to be told: the books were last written to a little after. undefined:
   * the account is new in the books, and what it holds counts from now on.
   */
  readonly cashSinceUs: number | undefined;
  readonly sink: ReportSink;
  nowUs(): number;
  assetId(code: string): number | undefined;
  poll(): void;
  problem(found: Problem): void;
}
