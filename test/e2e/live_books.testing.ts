/** Looks at the gateway's books all the time: while one says that it is valid, it is the venue's at that update. */

import type { GatewayProcess, Json } from "./gateway_process.testing.ts";
import { SITES, type SiteMarket } from "./live_sites.testing.ts";

const LEVELS = 5;
/** What is asked of a venue counts against the gateway, which comes from the same address. */
const EVERY_MS = 200;

export class BookWatch {
  /** Samples of a valid book, and those for which the venue stood at the same update. */
  readonly sampled = new Map<string, number>();
  readonly compared = new Map<string, number>();
  readonly wrong: string[] = [];
  #isOver = false;
  readonly #done: Promise<void>;

  constructor(
    /** Of now: undefined while there is none. */
    gateway: () => GatewayProcess | undefined,
    venueUrl: string,
  ) {
    this.#done = this.#run(gateway, venueUrl);
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#done;
  }

  async #run(gateway: () => GatewayProcess | undefined, venueUrl: string): Promise<void> {
    // OKX's numbers are not the venue's here: those that went back are told on (`book_ids.ts`), so that equal ids say nothing.
    const markets = SITES.filter(({ venue }) => venue !== "okx").flatMap((site) => site.markets);
    for (let at = 0; !this.#isOver; at = (at + 1) % markets.length) {
      const market = markets[at] as SiteMarket;
      await Bun.sleep(EVERY_MS);
      // A gateway that is killed, a venue that refuses: there is nothing to compare then.
      const pair = await pictures(gateway(), venueUrl, market).catch(() => undefined);
      if (pair === undefined) continue;
      const [ours, theirs] = pair;
      add(this.sampled, market.instrument);
      if (ours.updateId !== theirs.updateId) continue;
      add(this.compared, market.instrument);
      if (ours.text !== theirs.text) {
        this.wrong.push(
          `book of ${market.instrument} at ${ours.updateId}: ours ${ours.text}, the venue's ${theirs.text}`,
        );
      }
    }
  }
}

interface Picture {
  readonly updateId: number;
  readonly text: string;
}

async function pictures(
  gateway: GatewayProcess | undefined,
  venueUrl: string,
  { instrument, book }: SiteMarket,
): Promise<readonly [ours: Picture, theirs: Picture] | undefined> {
  const ours = await gateway?.get(`/api/v1/books/${encodeURIComponent(instrument)}?depth=${LEVELS}`);
  if (ours?.valid !== true) return undefined;
  const body = (await (await fetch(venueUrl + book)).json()) as Json;
  const theirs = body.data?.[0] ?? body.result ?? body;
  const updateId = theirs.lastUpdateId ?? theirs.seqId ?? theirs.u;
  const text = topText(theirs.bids ?? theirs.b, theirs.asks ?? theirs.a);
  return [
    { updateId: ours.updateId, text: topText(ours.bids, ours.asks) },
    { updateId, text },
  ];
}

function topText(...sides: readonly (readonly (readonly string[])[])[]): string {
  const level = ([price = "", qty = ""]: readonly string[]) => `${trimmed(price)}@${trimmed(qty)}`;
  return sides.map((side) => side.slice(0, LEVELS).map(level).join(" ")).join(" | ");
}

function trimmed(text: string): string {
  return text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text;
}

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
