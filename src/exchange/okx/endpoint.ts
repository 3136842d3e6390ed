/** What an endpoint of OKX is: who may call it, how often, what it answers. */

import type { Account, ApiKey } from "../trading/account.ts";
import type { OkxVenue } from "./okx_venue.ts";
import type { RateLimit } from "./windows.ts";

/** A request whose caller is known. */
export interface OkxRequest {
  readonly venue: OkxVenue;
  /** Of a GET. */
  readonly params: Readonly<Record<string, string | undefined>>;
  /** The venue's clock. */
  readonly nowMs: number;
}

/** One of the trading side. */
export interface OkxCall extends OkxRequest {
  readonly account: Account;
  readonly key: ApiKey;
  /** Of a POST: the object, or the objects of a batch. */
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

interface Common {
  readonly limit: RateLimit;
  /** True: the limit is of the user and the instrument, not of the user alone. */
  readonly isPerInstrument?: boolean;
}

interface PublicEndpoint extends Common {
  readonly security: "none";
  /** Rows of `data`; throws OkxError. */
  answer(request: OkxRequest): readonly unknown[];
}

interface PrivateEndpoint extends Common {
  readonly security: "read" | "trade";
  /** True: it acts on orders, so the faults of acknowledgements may befall it. */
  readonly isOrder?: boolean;
  answer(call: OkxCall): readonly unknown[];
}

/** Each row of its answer has an `sCode` of its own. */
interface OrderEndpoint extends Common {
  readonly security: "trade";
  readonly isOrder: true;
  readonly isStated: true;
  /** True: it counts for how many order requests a sub-account may send. */
  readonly isEntry: boolean;
  readonly rowsMax: number;
  answer(call: OkxCall): readonly Stated[];
}

export type OkxEndpoint = PublicEndpoint | PrivateEndpoint | OrderEndpoint;

/** What became of one row of a request. */
export interface Stated {
  readonly sCode: string;
  readonly sMsg: string;
  readonly [name: string]: string;
}

/** As all answers are wrapped; a request over a socket has `id` and `op` too. */
export interface Envelope {
  readonly code: string;
  readonly msg: string;
  readonly data: readonly unknown[];
}

/** 0: all went well; 1: nothing did; 2: some. */
export function statedEnvelope(rows: readonly Stated[]): Envelope {
  const failed = rows.filter(({ sCode }) => sCode !== "0").length;
  if (failed === 0) return { code: "0", msg: "", data: rows };
  if (failed === rows.length) return { code: "1", msg: "All operations failed", data: rows };
  return { code: "2", msg: "Bulk operation partially succeeded.", data: rows };
}
