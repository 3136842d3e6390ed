/** Where venues are to be reached, as data: one row for each adapter and environment; the configuration may say otherwise. */

import { type ConfigEntry, type ConfigNode, entryOf } from "./config_node.ts";

export const ENVIRONMENTS = ["production", "testnet", "demo"] as const;
export type Environment = (typeof ENVIRONMENTS)[number];

/** How the source of an address is named that came with its environment. */
const OF_ENVIRONMENT = "environment ";

export interface VenueUrls {
  /** Base of market data streams. */
  readonly wsUrl: string;
  readonly restUrl: string;
  /** Where private streams, and orders over a socket, are to be reached: what it is exactly, the adapter says. */
  readonly privateUrl: string;
  /** Of Binance: base of the REST that says what a key may do; "" = it has none there. */
  readonly walletUrl?: string;
}

/** Both categories of Bybit are at one address. Demo trades at prices of production, and has no connection of orders. */
const BYBIT: Readonly<Record<Environment, VenueUrls>> = {
  production: {
    wsUrl: "wss://stream.bybit.com",
    restUrl: "https://api.bybit.com",
    privateUrl: "wss://stream.bybit.com/v5",
  },
  testnet: {
    wsUrl: "wss://stream-testnet.bybit.com",
    restUrl: "https://api-testnet.bybit.com",
    privateUrl: "wss://stream-testnet.bybit.com/v5",
  },
  demo: {
    wsUrl: "wss://stream.bybit.com",
    restUrl: "https://api-demo.bybit.com",
    privateUrl: "wss://stream-demo.bybit.com/v5",
  },
};

/** OKX has no testnet: what is called so elsewhere is its demo. */
const OKX_DEMO: VenueUrls = {
  wsUrl: "wss://wspap.okx.com:8443",
  restUrl: "https://www.okx.com",
  privateUrl: "wss://wspap.okx.com:8443",
};

/**
 * A new adapter adds its rows here. `privateUrl` of Binance: spot the WebSocket API, USD-M the base of private streams; of
 * Bybit and OKX the base of private connections.
 */
export const VENUE_URLS: Readonly<Record<string, Readonly<Record<Environment, VenueUrls>>>> = {
  "binance-spot": {
    production: {
      wsUrl: "wss://stream.binance.com:9443",
      restUrl: "https://api.binance.com",
      privateUrl: "wss://ws-api.binance.com:443/ws-api/v3",
      walletUrl: "https://api.binance.com",
    },
    testnet: {
      wsUrl: "wss://stream.testnet.binance.vision",
      restUrl: "https://testnet.binance.vision",
      privateUrl: "wss://ws-api.testnet.binance.vision/ws-api/v3",
      walletUrl: "",
    },
    demo: {
      wsUrl: "wss://demo-stream.binance.com",
      restUrl: "https://demo-api.binance.com",
      privateUrl: "wss://demo-ws-api.binance.com/ws-api/v3",
      walletUrl: "",
    },
  },
  "binance-usdm": {
    production: {
      wsUrl: "wss://fstream.binance.com",
      restUrl: "https://fapi.binance.com",
      privateUrl: "wss://fstream.binance.com/private",
      walletUrl: "https://api.binance.com",
    },
    testnet: {
      wsUrl: "wss://fstream.binancefuture.com",
      restUrl: "https://testnet.binancefuture.com",
      privateUrl: "wss://fstream.binancefuture.com/private",
      walletUrl: "",
    },
    demo: {
      wsUrl: "wss://fstream.binancefuture.com",
      restUrl: "https://demo-fapi.binance.com",
      privateUrl: "wss://fstream.binancefuture.com/private",
      walletUrl: "",
    },
  },
  "bybit-spot": BYBIT,
  "bybit-linear": BYBIT,
  okx: {
    production: {
      wsUrl: "wss://ws.okx.com:8443",
      restUrl: "https://www.okx.com",
      privateUrl: "wss://ws.okx.com:8443",
    },
    testnet: OKX_DEMO,
    demo: OKX_DEMO,
  },
};

/** The defaults of a schema: production. */
export function productionUrls(adapter: string): VenueUrls {
  return (VENUE_URLS[adapter] as Readonly<Record<Environment, VenueUrls>>).production;
}

/** Providers of another environment than production get its URLs where none are given: never a mixture by default. */
export function withEnvironmentUrls(root: ConfigNode): ConfigNode {
  return changed(root, "providers", (providers) =>
    providers.kind !== "map"
      ? providers
      : { ...providers, entries: providers.entries.map((entry) => ({ ...entry, value: withUrls(entry.value) })) },
  );
}

/** True for an address that nobody wrote: it came with the environment. */
export function isOfEnvironment(node: ConfigNode): boolean {
  return node.at.file?.startsWith(OF_ENVIRONMENT) === true;
}

function withUrls(provider: ConfigNode): ConfigNode {
  if (provider.kind !== "map") return provider;
  const word = (name: string) => {
    const value = entryOf(provider, name)?.value;
    return value?.kind === "text" ? value.text : "";
  };
  const added: ConfigEntry[] = [];
  const add = (key: string, text: string, file: string) => {
    if (entryOf(provider, key) === undefined && !added.some((entry) => entry.key === key))
      added.push({ key, at: { file }, value: { kind: "text", at: { file }, text } });
  };
  const adapter = word("adapter");
  const environment = ENVIRONMENTS.find((each) => each === word("environment"));
  const rows = Object.hasOwn(VENUE_URLS, adapter) ? VENUE_URLS[adapter] : undefined;
  if (rows === undefined) return provider;
  // What a key may do is asked where it trades: a REST of one's own must not send the key to the venue's as well.
  const asksWallet = (rows[environment ?? "production"].walletUrl ?? "") !== "";
  const rest = entryOf(provider, "restUrl");
  if (asksWallet && rest !== undefined && entryOf(provider, "walletUrl") === undefined) {
    added.push({ ...rest, key: "walletUrl" });
  }
  if (environment !== undefined) {
    for (const [key, text] of Object.entries(rows[environment])) add(key, text, `${OF_ENVIRONMENT}${environment}`);
  }
  return { ...provider, entries: [...provider.entries, ...added] };
}

function changed(root: ConfigNode, key: string, change: (value: ConfigNode) => ConfigNode): ConfigNode {
  if (root.kind !== "map") return root;
  const entries = root.entries.map((entry) => (entry.key === key ? { ...entry, value: change(entry.value) } : entry));
  return { ...root, entries };
}
