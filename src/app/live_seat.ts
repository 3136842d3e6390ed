/** A live account's place in the engine: its key opened, its own HTTP thread, its gateway; or why there is none. */

import { Code } from "../core/code.ts";
import { type Problem, ProblemError, problem } from "../core/problem.ts";
import { TradingRecord } from "../model/record.ts";
import { SecretTexts } from "../telemetry/redact.ts";
import type { RequestBudget } from "../venue/wire/budget.ts";
import type { GatewayStatus } from "../venue/wire/live_gateway.ts";
import type { ReportSink } from "../venue/wire/outbox.ts";
import type { VenueUrls } from "./config_environments.ts";
import type { Config, ProviderConfig } from "./config_schema.ts";
import { LiveAccount, type LiveHost, type SeatStatus } from "./live_account.ts";
import { checkAllowed, checkKey, whyUnfit } from "./live_checks.ts";
import type { LiveParts } from "./live_gateway.ts";
import { eachSecret, openKey } from "./live_keys.ts";
import { livePlace } from "./live_place.ts";
import { LIVE_VENUES, type LiveVenue } from "./live_venues.ts";
import { RestThread } from "./rest_client.ts";

/** The engine's own time-out of an answer (5 s) comes first. */
const ANSWER_MS_MAX = 6_000;
/** The longest lists have a thousand rows. Answers are parsed on the engine's thread, which must not stand still over one. */
export const PRIVATE_ANSWER_BYTES_MAX = 4 << 20;

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
  /** Where it trades and by which key; "" = it has none. */
  place = "";
  readonly #opening: LiveOpening;
  #rest: RestThread | undefined;
  #keyless: SeatStatus | undefined;

  /** `isTaken`: whether another account here trades at a place already. */
  constructor(
    config: Config,
    opening: LiveOpening,
    readonly isTaken: (place: string) => boolean = () => false,
  ) {
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

  status(): SeatStatus {
    return this.account?.status() ?? (this.#keyless as SeatStatus);
  }

  stop(): void {
    this.account?.stop();
    this.#rest?.close();
  }

  #open(config: Config, { id, name, provider, budget, lane, host, parts }: LiveOpening): LiveAccount {
    const key = openKey(config, name);
    const place = livePlace(provider, key.apiKey);
    if (this.isTaken(place)) {
      // Both would take each other's orders for foreign ones, and each limit would hold twice.
      const detail = `account ${name}, apiKey: another account here has the same key`;
      const hint = "one account at the venue is one account here: let both strategies name it";
      throw new ProblemError(problem(Code.KeyUnusable, detail, {}, hint));
    }
    this.place = place;
    const secrets = new SecretTexts();
    eachSecret(config, name, (secret) => secrets.add(secret));
    const hide = (text: string) => secrets.hide(text);
    const limits = { timeoutMs: ANSWER_MS_MAX, answerBytesMax: PRIVATE_ANSWER_BYTES_MAX };
    const { walletUrl = "" } = provider as VenueUrls;
    const baseUrls = [...new Set([provider.restUrl, walletUrl])].filter((url) => url !== "");
    const rest = new RestThread({ baseUrls, limits });
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
      problem: (found: Problem) => host.problem({ ...found, detail: `account ${name}: ${hide(found.detail)}` }),
    };
    return new LiveAccount(name, hidingSink(lane, hide), host, (sink) => make({ ...common, sink }), hide);
  }

  #withoutKey(found: Problem): SeatStatus {
    const { id, name, host } = this.#opening;
    const checks = [checkAllowed(host.isAllowed), checkKey(found)];
    const nothing = { figures: NO_FIGURES, guarded: 0, unguarded: [], fees: [] };
    return { name, account: id, checks, unfitWhy: whyUnfit(checks), ...nothing };
  }
}

/** Reports are journaled: what the venue says in them may repeat what it was sent. */
export function hidingSink(sink: ReportSink, hide: (text: string) => string): ReportSink {
  const work = new TradingRecord();
  return {
    put(record) {
      const text = record.text === "" ? "" : hide(record.text);
      return sink.put(text === record.text ? record : Object.assign(work.copyFrom(record), { text }));
    },
  };
}

/** Of a gateway that there is none of yet. */
export const NO_FIGURES: GatewayStatus = {
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
  fees: [],
  feesMissing: 0,
};
