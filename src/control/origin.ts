/** Where a request comes from: our own page or elsewhere; the Host header against DNS rebinding. */

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/;

export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host.toLowerCase());
}

/** `name:port` that the client addressed. In-process requests have no Host header: their URL stands for it. */
export function hostOf(request: Request): string {
  return (request.headers.get("host") ?? new URL(request.url).host).toLowerCase();
}

/** Name without port; brackets of IPv6 stay. */
export function hostName(host: string): string {
  return host.replace(/:\d{1,5}$/, "");
}

/** "same": a browser says so. "other": it says another origin. "unknown": no browser, or one that says nothing. */
export function originOf(request: Request): "same" | "other" | "unknown" {
  const site = request.headers.get("sec-fetch-site");
  const origin = request.headers.get("origin");
  const host = hostOf(request);
  const sameSite = site === null ? undefined : site === "same-origin";
  const sameOrigin = origin === null ? undefined : origin === `http://${host}` || origin === `https://${host}`;
  if (sameSite === false || sameOrigin === false) return "other";
  return sameSite === true || sameOrigin === true ? "same" : "unknown";
}
