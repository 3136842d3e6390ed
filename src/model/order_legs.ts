/** Orders that are placed together with another one, in one command: exits of an entry, or the other of two. As text. */

/** How an attached order belongs to the one it comes with. */
export enum LegLink {
  /** Follows its fills: held until it has some, never larger than they are. */
  Child = 1,
  /** One cancels the other. */
  Sibling = 2,
}

/** Mantissas at the scales of the order it comes with; account, instrument, instance and reason are that order's too. */
export interface OrderLeg {
  readonly link: LegLink;
  readonly side: number;
  readonly orderType: number;
  readonly timeInForce: number;
  readonly flags: number;
  readonly qty: number;
  readonly price: number;
  readonly triggerPrice: number;
  readonly triggerBy: number;
  readonly trailOffset: number;
  readonly expireUs: number;
}

/** More than any bracket needs; what comes with more is refused whole. */
export const ORDER_LEGS_MAX = 4;
const FIELDS = 11;

/** For the column `venueOrderId` of a CommandPlace, which names no order of a venue yet. */
export function legsText(legs: readonly OrderLeg[]): string {
  if (legs.length === 0) return "";
  return JSON.stringify(
    legs.map((leg) => [
      leg.link,
      leg.side,
      leg.orderType,
      leg.timeInForce,
      leg.flags,
      leg.qty,
      leg.price,
      leg.triggerPrice,
      leg.triggerBy,
      leg.trailOffset,
      leg.expireUs,
    ]),
  );
}

/** Undefined when the text is not what `legsText` writes. */
export function readLegs(text: string): OrderLeg[] | undefined {
  if (text === "") return [];
  const rows = parse(text);
  if (!Array.isArray(rows) || rows.length === 0 || rows.length > ORDER_LEGS_MAX) return undefined;
  const legs: OrderLeg[] = [];
  for (const row of rows) {
    if (!Array.isArray(row) || row.length !== FIELDS || !row.every(Number.isSafeInteger)) return undefined;
    const [link, side, orderType, timeInForce, flags, qty, price, triggerPrice, triggerBy, trailOffset, expireUs] =
      row as number[] as [number, number, number, number, number, number, number, number, number, number, number];
    if (link !== LegLink.Child && link !== LegLink.Sibling) return undefined;
    const terms = { side, orderType, timeInForce, flags, qty, price, triggerPrice, triggerBy, trailOffset, expireUs };
    legs.push({ link, ...terms });
  }
  return legs;
}

/** How many orders come with it: each takes a number of its own. 0 for a text that cannot be read. */
export function legCount(text: string): number {
  return text === "" ? 0 : (readLegs(text)?.length ?? 0);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Refused by the caller.
  }
}
