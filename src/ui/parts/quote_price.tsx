/** A price that flashes when it changes, green upward and red downward. */

import { useRef } from "preact/hooks";
import { comparePrices } from "../state/order_lists.ts";

export function QuotePrice({ price }: { readonly price: string | null }) {
  const last = useRef<{ price: string | null; turn: number; way: string }>({ price, turn: 0, way: "" });
  if (price !== last.current.price) {
    const up = comparePrices(price, last.current.price) > 0;
    last.current = { price, turn: last.current.turn + 1, way: up ? "flash-up" : "flash-down" };
  }
  // A new key makes a new element, which starts its animation anew.
  return (
    <span key={last.current.turn} class={last.current.way}>
      {price ?? "–"}
    </span>
  );
}
