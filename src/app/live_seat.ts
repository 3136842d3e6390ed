/** A live account's place in the engine: its key opened, its own HTTP thread, its gateway; or why there is none. */

import { type Problem, ProblemError } from "../core/problem.ts";
import type { RequestBudget } from "../venue/wire/budget.ts";
import type { ReportSink } from "../venue/wire/outbox.ts";
import type { VenueUrls } from "./config_environments.ts";
import type { Config, ProviderConfig } from "./config_schema.ts";
import { LiveAccount, type LiveHost, type LiveStatus } from "./live_account.ts";
import { checkAllowed, checkKey, whyUnfit } from "./live_checks.ts";
import type { LiveFigures, LiveParts } from "./live_gateway.ts";
import { openKey } from "./live_keys.ts";
import { LIVE_VENUES, type LiveVenue } from "./live_venues.ts";
import { RestThread } from "./rest_client.ts";

/** The engine's own time-out of an answer (5 s) comes first. */
const ANSWER_MS_MAX = 6_000;

/** All that is the engine thread's. */
export interface LiveOpening {
  readonly id: number;
  readonly name: string;
  readonly provider: Exclude<ProviderConfig, { adapter: "sim" }>;
  readonly budget: RequestBudget;
  readonly lane: ReportSink;
  readonly host: LiveHost;
  readonly parts: Pick<LiveParts, "ids" | "instruments" | "cashSinceUs" | "assetId" | "poll">;
}

export class LiveSeat {
  readonly account: LiveAccount | undefined;
  readonly #opening: LiveOpening;
  #rest: RestThread | undefined;
  #keyless: LiveStatus | undefined;

  constructor(config: Config, opening: LiveOpening) {
    this.#opening = opening;
    try {
      this.account = this.#open(config, opening);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      this.#keyless = this.#withoutKey(error.problem);
      opening.host.problem(error.problem);
    }
  }

  get unfitWhy(): string {
    return this.account?.unfitWhy ?? this.#keyless?.unfitWhy ?? "";
  }

  status(): LiveStatus {
    return this.account?.status() ?? (this.#keyless as LiveStatus);
  }

  stop(): void {
    this.account?.stop();
    this.#rest?.close();
  }

  #open(config: Config, { id, name, provider, budget, lane, host, parts }: LiveOpening): LiveAccount {
    const key = openKey(config, name);
    const { walletUrl = "" } = provider as VenueUrls;
    const rest = new RestThread({
      baseUrls: [...new Set([provider.restUrl, walletUrl])].filter((url) => url !== ""),
      limits: { timeoutMs: ANSWER_MS_MAX },
    });
    this.#rest = rest;
    const { make } = LIVE_VENUES[provider.adapter] as LiveVenue;
    const common = {
      ...parts,
      account: id,
      urls: provider,
      key,
      rest,
      budget,
      nowUs: () => host.nowUs(),
      problem: (found: Problem) => host.problem({ ...found, detail: `account ${name}: ${found.detail}` }),
    };
    return new LiveAccount(name, lane, host, (sink) => make({ ...common, sink }));
  }

  #withoutKey(found: Problem): LiveStatus {
    const { id, name, host } = this.#opening;
    const checks = [checkAllowed(host.isAllowed), checkKey(found)];
    return { name, account: id, checks, unfitWhy: whyUnfit(checks), figures: NO_FIGURES, guarded: 0 };
  }
}

const NO_FIGURES: LiveFigures = {
  isUp: false,
  clockOffsetUs: 0,
  clockUncertaintyUs: 0,
  requestsOpen: 0,
  questionsOpen: 0,
  reconnects: 0,
  handovers: 0,
  weightUsed: 0,
  ordersUsed: 0,
  freezes: 0,
  reportsTold: 0,
  reportsWaiting: 0,
  reportsLost: 0,
};
