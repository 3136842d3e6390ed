/** The first page as texts, for a server to send: `/`, `/assets/page.js`, `/assets/page.css`, `/assets/icon.svg`. */

export interface PageAssets {
  readonly html: string;
  readonly js: string;
  readonly css: string;
  readonly icon: string;
}

/**
 * The page needs `Content-Security-Policy: default-src 'self'`, no more, and the routes of `control/`.
 * Embedded in the executable; from source it is bundled (about 0.2 s) when it is first asked for.
 */
export async function pageAssets(): Promise<PageAssets> {
  const { EMBEDDED } = await import("./embedded.ts");
  return EMBEDDED;
}
