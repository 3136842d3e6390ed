/** Cards of market data: over a market whose every message is known. */

import type { MarketCardSpec } from "./card.ts";
import { holds, same, skip, within } from "./judge.ts";
import type { MarketUnderTest } from "./subject.ts";

const AGREE_MS_MAX = 5_000;

export const MARKET_CARDS: readonly MarketCardSpec[] = [
  {
    number: "M01",
    group: "market data",
    title: "a first snapshot and the diffs that join it give the venue's book",
    async look(market) {
      await begin(market);
      await market.move(20);
      await agree(market);
    },
  },
  {
    number: "M02",
    group: "market data",
    title: "diffs keep the book the venue's, level by level, over many messages",
    async look(market) {
      await begin(market);
      for (let round = 0; round < 5; round++) {
        await market.move(60);
        await agree(market);
      }
    },
  },
  {
    number: "M03",
    group: "market data",
    title: "messages lost on the way: the gap is noticed, and the book becomes the venue's again",
    async look(market) {
      await begin(market);
      await market.move(20);
      await agree(market);
      const { snapshots } = market.seen(market.instrument);
      await market.world.faults({ drop: 0.3 });
      await market.move(150);
      await market.world.faults({ drop: 0 });
      await market.move(20);
      await agree(market);
      holds(market.seen(market.instrument).snapshots > snapshots, "no book was asked for: the gaps went unnoticed");
    },
  },
  {
    number: "M04",
    group: "market data",
    title: "each trade once, with its price, its size and the taker's side",
    async look(market) {
      await begin(market);
      await market.move(10);
      await agree(market);
      const { instrument } = market;
      const missed = market.truth(instrument).trades - market.seen(instrument).trades;
      await market.move(120);
      const all = () => market.truth(instrument).trades - market.seen(instrument).trades === missed;
      holds(await within(AGREE_MS_MAX, all), "trades were lost, or counted twice");
      same(market.seen(instrument).last, market.truth(instrument).last, "the last trade (price, size, taker)");
    },
  },
  {
    number: "M05",
    group: "market data",
    title: "the best quote is the venue's",
    async look(market) {
      await begin(market);
      await market.move(80);
      await agree(market);
      const { instrument } = market;
      const quote = () => {
        const [seen, truth] = [market.seen(instrument), market.truth(instrument)];
        return seen.bid === truth.bid && seen.ask === truth.ask;
      };
      holds(await within(AGREE_MS_MAX, quote), "the best quote is another one");
    },
  },
  {
    number: "M06",
    group: "market data",
    title: "what the venue tells twice changes nothing",
    async look(market) {
      await begin(market);
      await market.world.faults({ duplicate: 1 });
      await market.move(20);
      await agree(market);
      const before = market.truth(market.instrument).trades - market.seen(market.instrument).trades;
      await market.move(60);
      await agree(market);
      await market.world.faults({ duplicate: 0 });
      const missed = market.truth(market.instrument).trades - market.seen(market.instrument).trades;
      if (market.hasTradeNumbers) same(missed, before, "trades missed");
    },
  },
  {
    number: "M07",
    group: "market data",
    title: "subscriptions are counted: the second asks for nothing, the last one to go ends the streams and the book",
    async look(market) {
      await begin(market);
      const { instrument, quietInstrument } = market;
      const { streams } = market.status();
      holds(market.subscribe(instrument), "a second subscription was refused");
      same(market.status().streams, streams, "streams after a second subscription");
      holds(market.subscribe(quietInstrument), "a subscription of another instrument was refused");
      holds(market.status().streams > streams, "another instrument has no streams");
      holds(market.unsubscribe(quietInstrument), "its end was refused");
      holds(market.unsubscribe(instrument), "the end of one of two was refused");
      await market.move(20);
      await agree(market);
      holds(market.unsubscribe(instrument), "the end of the last one was refused");
      same([market.status().streams, market.seen(instrument).isValid], [0, false], "streams, book valid");
      holds(!market.unsubscribe(instrument), "an end without a beginning was taken");
      await begin(market);
      await market.move(20);
      await agree(market);
    },
  },
  {
    number: "M08",
    group: "market data",
    title: "a connection that ends is opened anew under a new epoch, and the book with it",
    async look(market) {
      await begin(market);
      await market.move(20);
      await agree(market);
      const { epoch } = market.status();
      await market.world.befall("close");
      holds(await within(AGREE_MS_MAX, () => market.status().reconnects > 0), "the end was not noticed");
      holds(await within(AGREE_MS_MAX, () => market.status().connected), "it did not come back");
      holds(market.status().epoch > epoch, "the new connection has the old epoch");
      await market.move(20);
      await agree(market);
    },
  },
  {
    number: "M09",
    group: "market data",
    title: "a connection that has reached its age is replaced while the book stays valid",
    conditions: { rollover: true },
    async look(market) {
      await begin(market);
      await market.move(20);
      await agree(market);
      let invalid = 0;
      const before = market.status().handovers;
      for (let round = 0; round < 600 && market.status().handovers < before + 2; round++) {
        await market.move(1);
        if (!market.seen(market.instrument).isValid) invalid++;
      }
      holds(market.status().handovers >= before + 2, "no connection was replaced");
      same([invalid, market.status().reconnects], [0, 0], "moments without a valid book, reconnects");
      await agree(market);
    },
  },
  {
    number: "M10",
    group: "market data",
    title: "a message that cannot be read is set aside and counted, and the book is right again soon",
    async look(market) {
      await begin(market);
      await market.move(20);
      await agree(market);
      await market.world.befall("corrupt");
      holds(await within(AGREE_MS_MAX, () => market.status().setAside > 0), "nothing was set aside");
      await market.move(40);
      await agree(market);
    },
  },
  {
    number: "M11",
    group: "market data",
    title: "a halt of trading is told",
    async look() {
      skip("the venue's market data carries no status of trading here; the order's own refusal tells it");
    },
  },
  {
    number: "M12",
    group: "market data",
    title: "an order that closed somebody's position by force is told once, with its price, its size and its own side",
    async look(market) {
      const { instrument, quietInstrument, liquidate } = market;
      if (liquidate === undefined)
        skip("no order is forced here: the venue's spot market has none, or none can be had");
      await begin(market);
      for (const isSale of [true, false]) {
        const { liquidations } = market.seen(instrument);
        await liquidate(quietInstrument, isSale);
        const truth = await liquidate(instrument, isSale);
        const isTold = () => market.seen(instrument).liquidations > liquidations;
        holds(await within(AGREE_MS_MAX, isTold), "it was not told");
        same(market.seen(instrument).liquidated, truth, "the forced order (price, size, side)");
        same(market.seen(instrument).liquidations, liquidations + 1, "times that it was told");
        same(market.seen(quietInstrument).liquidations, 0, "of an instrument that nobody asked for");
      }
      await market.move(20);
      await agree(market);
    },
  },
];

async function begin(market: MarketUnderTest): Promise<void> {
  holds(market.subscribe(market.instrument), "the subscription was refused");
  holds(await within(AGREE_MS_MAX, () => market.status().connected), "no connection came about");
}

/** The book is valid, and the venue's, some time after the last message: quiet moments included. */
async function agree(market: MarketUnderTest): Promise<void> {
  const { instrument } = market;
  const isSame = () => {
    const seen = market.seen(instrument);
    return seen.isValid && seen.book === market.truth(instrument).book;
  };
  for (let round = 0; round < 8; round++) {
    if (await within(AGREE_MS_MAX / 8, isSame)) return;
    await market.move(2); // A lost last message shows with the next one only.
  }
  const seen = market.seen(instrument);
  holds(seen.isValid, "the book is not valid");
  same(seen.book, market.truth(instrument).book, "the book");
}
