/** What a configuration may hold: one TypeBox schema gives the types, the checks, the defaults and the JSON Schema. */

import { type Static, type TUnsafe, Type as t } from "@sinclair/typebox";
import { DEFAULT_LIMITS } from "../core/limits.ts";
import { DatabaseSection } from "./config_database.ts";
import { ENVIRONMENTS, productionUrls } from "./config_environments.ts";
import { LIMIT_FIELDS } from "./config_limit_fields.ts";
import { OutboxSection } from "./config_outbox.ts";
import { KEY_FIELDS, SecretsSection } from "./config_secrets.ts";

const closed = { additionalProperties: false };

/** A text of a known set. */
function choice<const T extends readonly string[]>(values: T, options: { description: string; default?: T[number] }) {
  // A string to TypeBox's checker, which knows no `enum`; its type is the set.
  return t.String({ enum: [...values], ...options }) as unknown as TUnsafe<T[number]>;
}

/** A plain decimal as text: money never passes through a float. Unquoted numbers are read by their letters. */
function decimal(description: string, options: { default?: string; signed?: true } = {}) {
  const { signed, ...rest } = options;
  const pattern = signed === true ? "^-?[0-9]{1,18}(\\.[0-9]{1,18})?$" : "^[0-9]{1,18}(\\.[0-9]{1,18})?$";
  return t.String({ pattern, "x-form": "decimal", description, ...rest });
}

export const SIM_INSTRUMENTS = ["BTC-USDT", "ETH-USDT", "SOL-USDT", "BTC-USDT-PERP", "ETH-USDT-PERP"] as const;

const SimProvider = t.Object(
  {
    adapter: t.Literal("sim", { description: "the built-in synthetic market" }),
    seed: t.Integer({ minimum: 0, maximum: 0xffff_ffff, default: 1, description: "same seed, same prices" }),
    instruments: t.Array(choice(SIM_INSTRUMENTS, { description: "instrument" }), {
      minItems: 1,
      maxItems: SIM_INSTRUMENTS.length,
      uniqueItems: true,
      default: [...SIM_INSTRUMENTS],
      description: "which instruments it makes",
    }),
    speed: t.Number({ minimum: 0.01, maximum: 10_000, default: 1, description: "events per second, times the usual" }),
  },
  { ...closed, description: "prices made here: nothing is connected to" },
);

const WS_URL = { pattern: "^wss?://[^\\s]{1,500}$", "x-form": "websocket-url" };
const REST_URL = { pattern: "^https?://[^\\s]{1,500}$", "x-form": "url" };

/** Where a venue is to be reached: an environment, and single URLs that differ from it. */
function venueUrls(adapter: string) {
  const { wsUrl, restUrl, privateUrl } = productionUrls(adapter);
  return {
    environment: choice(ENVIRONMENTS, { default: "production", description: "which of the venue's URLs are meant" }),
    wsUrl: t.String({ ...WS_URL, default: wsUrl, description: "base URL of the streams" }),
    restUrl: t.String({ ...REST_URL, default: restUrl, description: "base URL of REST" }),
    privateUrl: t.String({ ...WS_URL, default: privateUrl, description: "URL of private streams, for live accounts" }),
  };
}

const walletUrl = t.Optional(
  t.String({
    pattern: "^(https?://[^\\s]{1,500})?$",
    "x-form": "url",
    default: productionUrls("binance-spot").walletUrl ?? "",
    description: "base URL of the REST that says what a key may do; empty where there is none",
  }),
);

const symbols = t.Array(t.String({ pattern: "^[A-Z0-9]{2,20}(_[0-9]{6})?$", description: "venue symbol" }), {
  minItems: 1,
  maxItems: 1_024,
  uniqueItems: true,
  description: "symbols as the venue writes them, e.g. ETHUSDT",
});
const trades = choice(["trade", "aggTrade"], { default: "trade", description: "single or aggregated trades" });
const quotes = t.Boolean({ default: true, description: "subscribe to best quotes beside the order book" });
const liquidations = t.Optional(
  t.Boolean({
    default: false,
    description: "subscribe to forced orders of others, as far as the venue tells of them; contracts only",
  }),
);
const redundant = t.Boolean({ default: false, description: "two connections at once: the first arrival counts" });

const SpotProvider = t.Object(
  {
    adapter: t.Literal("binance-spot", { description: "Binance spot market data" }),
    ...venueUrls("binance-spot"),
    walletUrl,
    symbols,
    trades,
    depth: choice(["100ms", "1000ms"], { default: "100ms", description: "pace of order book updates" }),
    quotes,
    redundant,
  },
  { ...closed, description: "Binance spot" },
);

const UsdmProvider = t.Object(
  {
    adapter: t.Literal("binance-usdm", { description: "Binance USD-M futures market data" }),
    ...venueUrls("binance-usdm"),
    walletUrl,
    symbols,
    trades,
    depth: choice(["100ms", "250ms", "500ms"], { default: "100ms", description: "pace of order book updates" }),
    quotes,
    liquidations,
    redundant,
  },
  { ...closed, description: "Binance USD-M futures" },
);

const bybitFields = {
  ...venueUrls("bybit-spot"),
  symbols: t.Array(t.String({ pattern: "^[A-Z0-9]{2,30}(-[0-9]{2}[A-Z]{3}[0-9]{2})?$", description: "venue symbol" }), {
    minItems: 1,
    maxItems: 1_024,
    uniqueItems: true,
    description: "symbols as the venue writes them, e.g. ETHUSDT",
  }),
  depth: choice(["50", "200", "1000"], {
    default: "50",
    description: "levels a side of the order book; more come later",
  }),
  quotes,
};

const BybitSpotProvider = t.Object(
  { adapter: t.Literal("bybit-spot", { description: "Bybit spot market data" }), ...bybitFields },
  { ...closed, description: "Bybit spot" },
);

const BybitLinearProvider = t.Object(
  {
    adapter: t.Literal("bybit-linear", { description: "Bybit USDT and USDC contracts' market data" }),
    ...bybitFields,
    liquidations,
  },
  { ...closed, description: "Bybit USDT and USDC contracts" },
);

const OkxProvider = t.Object(
  {
    adapter: t.Literal("okx", { description: "OKX market data, spot and swaps" }),
    ...venueUrls("okx"),
    environment: choice(["production", "demo"], { default: "production", description: "real or demo trading" }),
    symbols: t.Array(t.String({ pattern: "^[A-Z0-9]{1,30}-[A-Z0-9]{2,20}(-SWAP)?$", description: "instId" }), {
      minItems: 1,
      maxItems: 1_024,
      uniqueItems: true,
      description: "instruments as the venue writes them, e.g. ETH-USDT, ETH-USDT-SWAP",
    }),
    trades,
    quotes,
    liquidations,
  },
  { ...closed, description: "OKX spot and swaps" },
);

const BYBIT = [BybitSpotProvider, BybitLinearProvider] as const;
const Provider = t.Union([SimProvider, SpotProvider, UsdmProvider, ...BYBIT, OkxProvider], {
  discriminator: { propertyName: "adapter" },
  description: "a connection to a venue's market data",
});
export type ProviderConfig = Static<typeof Provider>;

const LATENCY_US_MAX = 60_000_000;
const latencyUs = (description: string) =>
  t.Integer({ minimum: 0, maximum: LATENCY_US_MAX, default: 1_000, description });

const Account = t.Object(
  {
    provider: t.String({ minLength: 1, maxLength: 64, description: "name of the provider it trades on" }),
    mode: choice(["paper", "live"], { default: "paper", description: "paper = simulated fills; live = real orders" }),
    ...KEY_FIELDS,
    balances: t.Record(t.String({ pattern: "^[A-Z0-9]{1,20}$" }), decimal("amount in units of the asset"), {
      default: {},
      description: "opening balances of a paper account, asset: amount",
    }),
    fees: t.Object(
      {
        makerBps: decimal("maker fee in 1/10,000; negative = rebate", { default: "1", signed: true }),
        takerBps: decimal("taker fee in 1/10,000", { default: "5", signed: true }),
      },
      { ...closed, default: {}, description: "fees of a paper account" },
    ),
    latency: t.Object(
      { entryUs: latencyUs("simulated time from us to the venue"), ackUs: latencyUs("from the venue to us") },
      { ...closed, default: {}, description: "latency of a paper account" },
    ),
    faults: t.Object(
      {
        rejectRate: t.Number({
          minimum: 0,
          maximum: 1,
          default: 0,
          description: "share of new orders that are refused",
        }),
        jitterUs: t.Integer({
          minimum: 0,
          maximum: LATENCY_US_MAX,
          default: 0,
          description: "latency adds up to so much",
        }),
        seed: t.Integer({ minimum: 0, maximum: 0xffff_ffff, default: 1, description: "same seed, same faults" }),
      },
      { ...closed, default: {}, description: "what goes wrong on purpose at a paper account's venue" },
    ),
  },
  { ...closed, description: "whose money it is and how orders travel" },
);
export type AccountConfig = Static<typeof Account>;

const WINDOW_US_MAX = 86_400_000_000;
const rate = {
  count: t.Integer({ minimum: 0, maximum: DEFAULT_LIMITS.ordersMax, description: "at most so many" }),
  windowUs: t.Integer({ minimum: 1, maximum: WINDOW_US_MAX, description: "in any window of so many microseconds" }),
};
const reserve = t.Integer({
  minimum: 0,
  maximum: DEFAULT_LIMITS.ordersMax,
  description: "so many more for orders that no cancel is under way for; count again when not given",
});

const LimitSet = t.Object(
  {
    scope: choice(["firm", "account", "venue", "instrument", "instance"], { description: "what the limits hold for" }),
    key: t.Optional(t.String({ minLength: 1, maxLength: 128, description: "its name; none for the firm" })),
    maxOrderValue: t.Optional(decimal("largest value of an order, in the quote or settle asset")),
    maxOrderQty: t.Optional(decimal("largest quantity of an order: of the base asset, or contracts")),
    maxLongPosition: t.Optional(decimal("largest long position, in the same unit, open orders counted")),
    maxShortPosition: t.Optional(decimal("largest short position, in the same unit, open orders counted")),
    collarBps: t.Optional(
      t.Integer({ minimum: 0, maximum: 1_000_000, description: "largest distance from the reference, in 1/10,000" }),
    ),
    referenceAgeUsMax: t.Optional(
      t.Integer({ minimum: 0, maximum: WINDOW_US_MAX, description: "how old the reference price may be" }),
    ),
    newOrders: t.Optional(t.Object(rate, { ...closed, description: "rate of new orders" })),
    cancels: t.Optional(t.Object({ ...rate, reserve: t.Optional(reserve) }, { ...closed, description: "cancels" })),
    maxOpenOrders: t.Optional(
      t.Integer({ minimum: 0, maximum: DEFAULT_LIMITS.ordersMax, description: "open orders at one time" }),
    ),
    ...LIMIT_FIELDS,
  },
  { ...closed, description: "limits of one scope; a limit that is missing at every level denies" },
);
export type LimitsConfig = Static<typeof LimitSet>;

const Market = t.Object(
  {
    instrument: t.String({ minLength: 1, maxLength: 128, description: "venue:BASE-QUOTE[-PERP]" }),
    account: t.String({ minLength: 1, maxLength: 64, description: "account that trades it" }),
    tf: t.Optional(t.String({ minLength: 1, maxLength: 16, description: "bar interval, e.g. 1s, 5m, 1h" })),
  },
  { ...closed, description: "what a strategy's market is bound to" },
);

const param = t.Union([t.String({ maxLength: 256 }), t.Number(), t.Boolean()], { description: "value" });

const Instance = t.Object(
  {
    name: t.String({ pattern: "^[a-z0-9][a-z0-9-]{0,63}$", description: "small letters, digits and dashes" }),
    strategy: t.String({ minLength: 1, maxLength: 256, description: "built-in strategy or strategy file" }),
    params: t.Record(t.String({ pattern: "^[A-Za-z][A-Za-z0-9_]{0,63}$" }), param, {
      default: {},
      description: "parameters of the strategy",
    }),
    markets: t.Record(t.String({ pattern: "^[A-Za-z][A-Za-z0-9_]{0,63}$" }), Market, {
      description: "the strategy's markets by name",
    }),
  },
  { ...closed, description: "a running strategy" },
);
export type InstanceConfig = Static<typeof Instance>;

const Snapshots = t.Object(
  {
    everyRecords: t.Integer({
      minimum: 1_000,
      maximum: 100_000_000,
      default: 100_000,
      description: "a snapshot after so many records; fewer make restarts shorter",
    }),
    everyMinutes: t.Integer({
      minimum: 1,
      maximum: 1_440,
      default: 15,
      description: "and after so long, when there is news",
    }),
  },
  { ...closed, default: {}, description: "snapshots of the state, taken beside the engine" },
);

const Retention = t.Object(
  {
    archiveDays: t.Integer({
      minimum: 0,
      maximum: 36_500,
      default: 0,
      description: "archives older than this are dropped; 0 = kept for ever",
    }),
    archiveMiB: t.Integer({
      minimum: 0,
      maximum: 100_000_000,
      default: 0,
      description: "the oldest archives are dropped when all are larger; 0 = no bound",
    }),
  },
  { ...closed, default: {}, description: "how long what no snapshot needs is kept" },
);
export type RetentionConfig = Static<typeof Retention>;

const NAME = "^[a-z0-9][a-z0-9-]{0,63}$";

export const ConfigSchema = t.Object(
  {
    dataDir: t.String({ minLength: 1, maxLength: 4_096, default: "./meltica-data", description: "where state lives" }),
    live: t.Boolean({ default: false, description: "permission to arm live accounts" }),
    node: t.Integer({ minimum: 0, maximum: 255, default: 1, description: "number of this host, in client order ids" }),
    server: t.Object(
      {
        host: t.String({ minLength: 1, maxLength: 255, default: "127.0.0.1", description: "address to listen on" }),
        port: t.Integer({ minimum: 0, maximum: 65_535, default: 8_880, description: "0 = any that is free" }),
      },
      { ...closed, default: {}, description: "the HTTP interface" },
    ),
    log: t.Object(
      {
        level: choice(["trace", "debug", "info", "warn", "error", "silent"], {
          default: "info",
          description: "least level that is written",
        }),
        format: choice(["auto", "json", "pretty"], { default: "auto", description: "auto = pretty on a terminal" }),
      },
      { ...closed, default: {}, description: "the log" },
    ),
    engine: t.Object(
      {
        seed: t.Integer({ minimum: 0, maximum: 0xffff_ffff, default: 1, description: "seed of what strategies draw" }),
        intentAgeMs: t.Integer({
          minimum: 1,
          maximum: 60_000,
          default: DEFAULT_LIMITS.intentAgeUsMax / 1_000,
          description: "an opening order older than this is not sent any more",
        }),
        currency: t.String({
          pattern: "^[A-Z0-9]{2,16}$",
          default: "USDT",
          description: "asset in which sums, profit and losses are counted",
        }),
        dayStart: t.String({
          pattern: "^([01][0-9]|2[0-3]):[0-5][0-9]$",
          default: "00:00",
          description: "when the trading day begins, UTC: daily losses are counted from then on",
        }),
      },
      { ...closed, default: {}, description: "the engine" },
    ),
    journal: t.Object(
      { snapshots: Snapshots, retention: Retention },
      { ...closed, default: {}, description: "the journal" },
    ),
    secrets: SecretsSection,
    database: DatabaseSection,
    outbox: OutboxSection,
    providers: t.Record(t.String({ pattern: NAME }), Provider, { description: "market data connections by name" }),
    accounts: t.Record(t.String({ pattern: NAME }), Account, { description: "accounts by name" }),
    limits: t.Array(LimitSet, { maxItems: 4_096, description: "risk limits; missing ones deny" }),
    instances: t.Array(Instance, { maxItems: DEFAULT_LIMITS.instancesMax, description: "strategies to run" }),
  },
  { ...closed, title: "meltica configuration" },
);

/** A configuration in full: every default filled in, all names checked against each other. */
export type Config = Static<typeof ConfigSchema>;

/** The part that says what is traded; a file that names none of it gets the built-in one. */
export const TRADING_SECTIONS = ["providers", "accounts", "limits", "instances"] as const;

/** JSON Schema (2020-12) with descriptions and defaults, for editors. */
export function configSchema(): Record<string, unknown> {
  const schema = JSON.parse(JSON.stringify(ConfigSchema)) as Record<string, unknown>;
  // A file may leave out what has a default, and the trading sections as a whole.
  loosen(schema);
  schema["required"] = [];
  return { $schema: "https://json-schema.org/draft/2020-12/schema", ...schema };
}

function loosen(schema: unknown): void {
  if (typeof schema !== "object" || schema === null) return;
  const object = schema as Record<string, unknown>;
  const properties = object["properties"] as Record<string, Record<string, unknown>> | undefined;
  if (Array.isArray(object["required"]) && properties !== undefined) {
    object["required"] = object["required"].filter((name: string) => properties[name]?.["default"] === undefined);
  }
  for (const value of Object.values(object)) loosen(value);
}
