/** The cards of every venue, over the fault gateway with its faults off. */

import { conformance, type VenueUnderTest } from "../../../test/conformance/venue.ts";
import { Side } from "../../model/order.ts";
import { FAULT_PERPETUAL, FAULT_SPOT, FaultDesk } from "./fault.testing.ts";

function venue(instrument: number): VenueUnderTest {
  const desk = new FaultDesk();
  for (const { id } of [FAULT_SPOT, FAULT_PERPETUAL]) desk.venue.stepMarket(id);
  const book = desk.venue.book(instrument);
  let read = 0;
  return {
    gateway: desk.gateway,
    instrument,
    quietInstrument: 1 - instrument,
    bid: book.priceAt(Side.Buy, 0),
    ask: book.priceAt(Side.Sell, 0),
    tick: FAULT_SPOT.tick,
    qty: FAULT_SPOT.lot * Math.floor(Math.min(book.qtyAt(Side.Buy, 0), book.qtyAt(Side.Sell, 0)) / 20 / FAULT_SPOT.lot),
    hasPositions: instrument === FAULT_PERPETUAL.id,
    settle: () => {
      desk.wait(1_000_000);
      const told = desk.reports.slice(read);
      read = desk.reports.length;
      return told;
    },
  };
}

conformance("the fault gateway, spot", () => venue(FAULT_SPOT.id));
conformance("the fault gateway, perpetual", () => venue(FAULT_PERPETUAL.id));
