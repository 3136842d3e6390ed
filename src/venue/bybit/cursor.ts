/** Cursors of Bybit's pages: they come percent-encoded, and go as they came. */

/** Percent-encoded as a whole: no letter stands that would have been encoded. */
const ENCODED = /^(?:[\w.!~*'()-]|%[0-9A-Fa-f]{2})+$/;
/** Such bytes may be no text. */
const BEYOND_ASCII = /%[8-9A-Fa-f]/;

/** What gives the venue back what it gave, when it is encoded once more on its way. Total. */
export function cursorText(cursor: string): string {
  if (!ENCODED.test(cursor) || BEYOND_ASCII.test(cursor)) return cursor;
  const plain = decodeURIComponent(cursor);
  return encodeURIComponent(plain) === cursor ? plain : cursor;
}
