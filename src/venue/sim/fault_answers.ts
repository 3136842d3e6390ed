/** What the fault gateway's venue answers to a question at the moment of its arrival: records of the protocol, without faults. */

import type { VenueQuery } from "../../engine/ports.ts";
import { InstrumentKind, Leg, Side } from "../../model/order.ts";
import { Evidence, RecordKind, TradingRecord, VenueOrderStatus } from "../../model/record.ts";
import { type FaultVenue, orderRecord, setAmount, setFee, type VenueWord } from "./fault_venue.ts";
import type { TruthOrder } from "./venue_ledger.ts";

/** All of the answer but its end. */
export function answersOf(venue: FaultVenue, query: VenueQuery, clientId: string, nowUs: number): VenueWord[] {
  const { ledger } = venue;
  switch (query.kind) {
    case "order":
    case "orderHistory": {
      const evidence = query.kind === "order" ? Evidence.OrderQuery : Evidence.OrderHistory;
      const order = ledger.orders.get(clientId);
      if (order !== undefined) return [stated(venue, order, evidence, nowUs)];
      return [notFound(query.instrument, clientId, evidence, nowUs)];
    }
    case "openOrders":
      return ledger
        .open()
        .filter((order) => query.instrument === "all" || order.instrument === query.instrument)
        .map((order) => stated(venue, order, Evidence.OpenOrders, nowUs));
    case "fills":
      return fills(venue, query, nowUs);
    case "positions":
      return positions(venue, nowUs);
    default:
      return balances(venue, nowUs);
  }
}

function fills(venue: FaultVenue, query: VenueQuery & { kind: "fills" }, nowUs: number): VenueWord[] {
  const words: VenueWord[] = [];
  for (const trade of venue.ledger.trades) {
    if (trade.order.instrument !== query.instrument || trade.timeUs < query.sinceUs || trade.timeUs > nowUs) continue;
    const word = venue.tradeWord(trade);
    if (query.order !== 0 && !isOrder(word, query.order) && !isLeg(trade.order.book, query)) continue;
    word.record.evidence = Evidence.TradeHistory;
    words.push(word);
  }
  return words;
}

/** The order number stands in the client id: ten hex digits from the eighteenth on (`model/client_order_id.ts`). */
function isOrder(word: VenueWord, order: number): boolean {
  return word.clientId.slice(18, 28) === order.toString(16).padStart(10, "0");
}

/** Orders that are not ours are asked for by the venue's own id, of any of their legs. */
function isLeg(book: number, query: VenueQuery): boolean {
  const named = "venueOrderId" in query ? String(query.venueOrderId) : "";
  return named !== "" && named.split(".")[0] === `V${book}`;
}

function positions(venue: FaultVenue, nowUs: number): VenueWord[] {
  const words: VenueWord[] = [];
  for (const instrument of venue.instruments.all()) {
    const qty = venue.ledger.positionQty(instrument.id);
    if (qty === 0 || instrument.kind === InstrumentKind.Spot) continue;
    const record = new TradingRecord().reset(RecordKind.StatedPosition);
    record.instrument = instrument.id;
    record.instrumentRevision = instrument.revision;
    record.leg = Leg.Net;
    record.side = qty < 0 ? Side.Sell : Side.Buy;
    record.qty = Math.abs(qty);
    record.evidence = Evidence.Statement;
    record.exchangeTimeUs = nowUs;
    words.push({ record, clientId: "" });
  }
  return words;
}

function balances(venue: FaultVenue, nowUs: number): VenueWord[] {
  const words: VenueWord[] = [];
  for (const [asset, amount] of venue.ledger.balances) {
    const record = new TradingRecord().reset(RecordKind.StatedBalance);
    record.asset = venue.assetIdOf(asset);
    setAmount(record, amount);
    setFee(record, venue.ledger.locked(asset));
    record.evidence = Evidence.Statement;
    record.exchangeTimeUs = nowUs;
    words.push({ record, clientId: "" });
  }
  return words;
}

function stated(venue: FaultVenue, order: TruthOrder, evidence: Evidence, nowUs: number): VenueWord {
  const record = orderRecord(order, RecordKind.StatedOrder, nowUs, venue.instruments);
  record.code = order.status;
  record.evidence = evidence;
  record.text = order.clientId;
  return { record, clientId: order.clientId };
}

function notFound(instrument: number, clientId: string, evidence: Evidence, nowUs: number): VenueWord {
  const record = new TradingRecord().reset(RecordKind.StatedOrder);
  record.instrument = instrument;
  record.code = VenueOrderStatus.NotFound;
  record.evidence = evidence;
  record.exchangeTimeUs = nowUs;
  record.text = clientId;
  return { record, clientId };
}
