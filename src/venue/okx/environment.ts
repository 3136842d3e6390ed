/** OKX's demo trading: sockets of its own, and the same REST with a header on every request. Addresses are configured. */

/** Without it REST answers from production: other instruments, other prices. */
export function restHeaders(isDemo: boolean): Readonly<Record<string, string>> {
  return isDemo ? { "x-simulated-trading": "1" } : {};
}
