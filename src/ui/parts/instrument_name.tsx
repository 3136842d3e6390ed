/** An instrument by its symbol; the venue beside it where there are several, else in the title. */

import { instrumentParts } from "../state/format.ts";
import { usePage } from "./page_context.ts";

export function InstrumentName({ name }: { readonly name: string }) {
  const { store } = usePage();
  const { venue, symbol } = instrumentParts(name);
  return (
    <span class="instrument" title={name}>
      {symbol}
      {store.manyVenues.value ? <span class="venue">{venue}</span> : null}
    </span>
  );
}
