/** Which venues can be traded live, and how a gateway to each is made: one row for each adapter. */

import { BinanceGateway } from "../venue/binance/gateway.ts";
import { gatewayLimitsOf } from "../venue/binance/gateway_limits.ts";
import type { BinanceKey } from "../venue/binance/order_sign.ts";
import { BybitGateway } from "../venue/bybit/gateway.ts";
import { gatewayLimitsOf as bybitLimitsOf } from "../venue/bybit/gateway_limits.ts";
import { OkxGateway } from "../venue/okx/gateway.ts";
import { gatewayLimitsOf as okxLimitsOf } from "../venue/okx/gateway_limits.ts";
import { RequestBudget } from "../venue/wire/budget.ts";
import type { LiveGateway, LiveParts } from "./live_gateway.ts";
import type { OpenedKey } from "./live_keys.ts";

export interface LiveVenue {
  /** Its keys have a passphrase beside the secret. */
  readonly hasPassphrase: boolean;
  /** What all of one address may ask of it. */
  budget(): RequestBudget;
  make(parts: LiveParts): LiveGateway;
}

export const LIVE_VENUES: Readonly<Record<string, LiveVenue>> = {
  "binance-spot": binance("spot"),
  "binance-usdm": binance("usdm"),
  okx: okx(),
  "bybit-spot": bybit("spot"),
  "bybit-linear": bybit("linear"),
};

function binance(market: "spot" | "usdm"): LiveVenue {
  return {
    hasPassphrase: false,
    budget: () => new RequestBudget(gatewayLimitsOf(market).requests),
    make({ account, urls: { restUrl, privateUrl, walletUrl }, key, ...ports }) {
      const urls = {
        restUrl: trimmed(restUrl),
        privateUrl: trimmed(privateUrl),
        walletUrl: trimmed(walletUrl ?? restUrl),
      };
      const settings = { market, account, ...urls };
      return new BinanceGateway(settings, { ...ports, ...REAL_TIME, key: binanceKey(key) });
    },
  };
}

function bybit(category: "spot" | "linear"): LiveVenue {
  return {
    hasPassphrase: false,
    budget: () => new RequestBudget(bybitLimitsOf(category).requests),
    make({ account, urls, cashSinceUs, key: { apiKey, signer }, ...ports }) {
      const base = trimmed(urls.privateUrl);
      // Demo accounts have no connection of orders: they go by REST.
      const trade = urls.environment === "demo" ? {} : { tradeUrl: `${base}/trade` };
      const since = cashSinceUs === undefined ? {} : { cashSinceUs };
      const privateUrl = `${base}/private`;
      const settings = { category, account, restUrl: trimmed(urls.restUrl), privateUrl, ...trade, ...since };
      const key = { apiKey, sign: (payload: string) => signer.sign(payload, "hex") };
      return new BybitGateway(settings, { ...ports, ...REAL_TIME, key });
    },
  };
}

/** Spot and swaps together. It counts questions by account, not by address: each gateway has its own budgets. */
function okx(): LiveVenue {
  return {
    hasPassphrase: true,
    budget: () => new RequestBudget(okxLimitsOf().queries),
    make({ account, urls, cashSinceUs, key: { apiKey, passphrase, signer }, ...ports }) {
      const privateUrl = `${trimmed(urls.privateUrl)}/ws/v5/private`;
      const isDemo = urls.environment !== "production";
      const key = { apiKey, passphrase, sign: (payload: string) => signer.sign(payload, "base64") };
      const since = cashSinceUs === undefined ? {} : { cashSinceUs };
      const settings = { account, restUrl: trimmed(urls.restUrl), privateUrl, isDemo, ...since };
      return new OkxGateway(settings, { ...ports, ...REAL_TIME, key });
    },
  };
}

function binanceKey({ apiKey, signer }: OpenedKey): BinanceKey {
  const encoding = signer.scheme === "ed25519" ? "base64" : "hex";
  return { apiKey, sign: (payload) => signer.sign(payload, encoding) };
}

/** Timers and chance of a gateway on the engine thread. */
export const REAL_TIME = {
  random: () => Math.random(), // det-ok: jitter of reconnects, at the edge
  setTimer: (delayMs: number, fn: () => void): unknown => setTimeout(fn, delayMs),
  clearTimer: (handle: unknown) => clearTimeout(handle as ReturnType<typeof setTimeout>),
};

function trimmed(url: string): string {
  return url.replace(/\/+$/, "");
}
