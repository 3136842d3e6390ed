/** Signed requests that independent clients were seen to send, as one list: what was signed, and the signature. */

import { readFileSync } from "node:fs";
import { fixture } from "../support/fixtures.ts";

export interface SignedRequest {
  /** What the client did: its method, or that of the socket request. */
  readonly name: string;
  readonly via: "rest" | "socket" | "login";
  readonly payload: string;
  readonly signature: string;
  readonly encoding: "hex" | "base64";
  /** All that is signed, with its signature: query, body or parameters. */
  readonly whole: string;
}

export interface Recording {
  readonly venue: string;
  /** Below the fixtures. */
  readonly file: string;
  readonly secret: string;
  readonly apiKey: string;
  readonly signed: readonly SignedRequest[];
  /** Requests that need no signature, messages to sockets with them. */
  readonly unsigned: number;
}

interface Request {
  readonly kind?: string;
  readonly method?: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly msg?: string;
}

interface File {
  readonly apiKey: string;
  readonly secret: string;
  readonly rest: readonly { readonly method: string; readonly requests: readonly Request[] }[];
  readonly ws: readonly { readonly method?: string; readonly traffic: readonly Request[] }[];
}

type Reader = (request: Request, name: string, apiKey: string) => SignedRequest | undefined;

const FILES: readonly (readonly [venue: string, file: string, read: Reader])[] = [
  ["binance-spot", "binance-spot/requests.ccxt-4.5.84.binance.json", ofBinance],
  ["binance-usdm", "binance-usdm/requests.ccxt-4.5.84.binanceusdm.json", ofBinance],
  ["okx", "okx/requests.ccxt-4.5.84.okx.json", ofOkx],
  ["okx", "okx/requests.ccxt-4.5.84.okx-swap.json", ofOkx],
  ["bybit", "bybit/requests.ccxt-4.5.84.bybit.json", ofBybit],
  ["bybit", "bybit/requests.ccxt-4.5.84.bybit-linear.json", ofBybit],
];

export function recordings(): Recording[] {
  return FILES.map(([venue, file, read]) => {
    const { apiKey, secret, rest, ws } = JSON.parse(readFileSync(fixture(file), "utf8")) as File;
    const requests = [
      ...rest.flatMap(({ method, requests: all }) => all.map((request) => ({ name: method, request }))),
      ...ws.flatMap(({ traffic }) => traffic.map((request) => ({ name: nameOf(request), request }))),
    ].filter(({ request }) => request.kind !== "ws-open");
    const signed = requests
      .map(({ name, request }) => read(request, name, apiKey))
      .filter((each) => each !== undefined);
    return { venue, file, secret, apiKey, signed, unsigned: requests.length - signed.length };
  });
}

/** REST: the query or the body without its signature. Sockets: all parameters sorted by name, raw. */
function ofBinance({ url, body, msg }: Request, name: string): SignedRequest | undefined {
  if (msg !== undefined) {
    const { params } = JSON.parse(msg) as { readonly params: Readonly<Record<string, unknown>> };
    const signature = params["signature"];
    if (typeof signature !== "string") return undefined;
    const names = Object.keys(params).filter((each) => each !== "signature");
    const payload = names
      .sort()
      .map((each) => `${each}=${params[each]}`)
      .join("&");
    return { name, via: "socket", payload, signature, encoding: "hex", whole: JSON.stringify(params) };
  }
  const whole = body ?? url.split("?")[1] ?? "";
  const [payload = "", signature] = whole.split("&signature=");
  if (signature === undefined) return undefined;
  return { name, via: "rest", payload, signature, encoding: "hex", whole };
}

function ofOkx({ method = "", url, headers, body = "", msg }: Request, name: string): SignedRequest | undefined {
  if (msg !== undefined) {
    const { op, args } = JSON.parse(msg) as { readonly op: string; readonly args: readonly Record<string, string>[] };
    if (op !== "login") return undefined;
    const { timestamp = "", sign = "" } = args[0] ?? {};
    const payload = `${timestamp}GET/users/self/verify`;
    return { name: op, via: "login", payload, signature: sign, encoding: "base64", whole: msg };
  }
  const signature = headers["ok-access-sign"];
  if (signature === undefined) return undefined;
  const payload = `${headers["ok-access-timestamp"]}${method}${url}${body}`;
  return { name, via: "rest", payload, signature, encoding: "base64", whole: `${method} ${url} ${body}` };
}

function ofBybit(request: Request, name: string, apiKey: string): SignedRequest | undefined {
  const { method = "", url, headers, body = "", msg } = request;
  if (msg !== undefined) {
    const { op, args } = JSON.parse(msg) as { readonly op: string; readonly args: readonly string[] };
    if (op !== "auth") return undefined;
    const [, expires = "", signature = ""] = args;
    return { name: op, via: "login", payload: `GET/realtime${expires}`, signature, encoding: "hex", whole: msg };
  }
  const signature = headers["x-bapi-sign"];
  if (signature === undefined) return undefined;
  const query = url.split("?")[1] ?? "";
  const head = `${headers["x-bapi-timestamp"]}${apiKey}${headers["x-bapi-recv-window"]}`;
  const payload = head + (method === "GET" ? query : body);
  return { name, via: "rest", payload, signature, encoding: "hex", whole: `${method} ${url} ${body}` };
}

function nameOf({ method = "", url, msg }: Request): string {
  if (msg === undefined) return `${method} ${url.split("?")[0]}`;
  const { method: called, op } = JSON.parse(msg) as { readonly method?: string; readonly op?: string };
  return called ?? op ?? "message";
}
