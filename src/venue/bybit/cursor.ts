/** Cursors of Bybit's pages: they come percent-encoded, and go as they came. */

/** What gives the venue back what it gave, when it is encoded once more on its way. Total. */
export function cursorText(cursor: string): string {
  try {
    const plain = decodeURIComponent(cursor);
    return encodeURIComponent(plain) === cursor ? plain : cursor;
  } catch {
    return cursor;
  }
}
