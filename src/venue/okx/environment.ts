/** Where OKX is reached: its production and its demo trading, which has sockets of its own and a header on REST. */

export type OkxEnvironment = "production" | "demo";

export interface OkxAddresses {
  /** Base of the sockets: `/ws/v5/public` and so on follow. */
  readonly wsUrl: string;
  readonly restUrl: string;
  /** On every REST request. */
  readonly headers: Readonly<Record<string, string>>;
}

const REST_URL = "https://www.okx.com";

/** Other addresses (regions, a simulator) take the place of the usual ones; the header follows from the environment. */
export function okxAddresses(
  environment: OkxEnvironment,
  own: { readonly wsUrl?: string | undefined; readonly restUrl?: string | undefined } = {},
): OkxAddresses {
  const isDemo = environment === "demo";
  const { wsUrl = isDemo ? "wss://wspap.okx.com:8443" : "wss://ws.okx.com:8443", restUrl = REST_URL } = own;
  return { wsUrl, restUrl, headers: isDemo ? { "x-simulated-trading": "1" } : {} };
}
