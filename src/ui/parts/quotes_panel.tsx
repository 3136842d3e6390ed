/** Best bid, best ask and last trade of each instrument, and whether the book may be trusted. */

import type { QuoteView } from "../../control/views.ts";
import { clockTime } from "../state/format.ts";
import { InstrumentName } from "./instrument_name.tsx";
import { usePage } from "./page_context.ts";
import { Panel } from "./panel.tsx";
import { QuotePrice } from "./quote_price.tsx";

export function QuotesPanel() {
  const { store } = usePage();
  const quotes = store.quotes.value;
  const loaded = store.loaded.value.has("quotes");
  const none = loaded ? (
    <>
      No market is streamed yet. Add a provider under <code>providers</code> in <code>meltica.yaml</code>.
    </>
  ) : (
    "Loading quotes…"
  );
  return (
    <Panel id="quotes" title="Quotes" count={quotes.length} empty={quotes.length === 0 ? none : undefined}>
      <div class="scroll tall">
        <table>
          <thead>
            <tr>
              <th scope="col">Instrument</th>
              <th scope="col" class="num">
                Bid
              </th>
              <th scope="col" class="num">
                Ask
              </th>
              <th scope="col" class="num">
                Last
              </th>
            </tr>
          </thead>
          <tbody>
            {quotes.map((quote) => (
              <QuoteRow key={quote.instrument} quote={quote} />
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

function QuoteRow({ quote }: { readonly quote: QuoteView }) {
  const at = quote.time === null ? "no update yet" : `updated ${clockTime(quote.time.us)}`;
  return (
    <tr class={quote.valid ? "" : "doubtful"} title={quote.valid ? at : `The order book is not to be trusted: ${at}`}>
      <th scope="row">
        <InstrumentName name={quote.instrument} />
        {quote.valid ? null : <span class="tag warn">not valid</span>}
      </th>
      <td class="num" title={quote.bidQty === null ? undefined : `${quote.bidQty} bid`}>
        <QuotePrice price={quote.bidPrice} />
      </td>
      <td class="num" title={quote.askQty === null ? undefined : `${quote.askQty} asked`}>
        <QuotePrice price={quote.askPrice} />
      </td>
      <td class="num">
        <QuotePrice price={quote.lastPrice} />
      </td>
    </tr>
  );
}
