/** What a client says on a stream connection, and what the venue answers: SUBSCRIBE and its kin. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { isMessage, type Message } from "./message.ts";

/** What the requests act on. */
export interface DialogueSubject {
  readonly names: ReadonlySet<string>;
  combined: boolean;
  /** Why not, or undefined when it is done. */
  subscribe(name: string): string | undefined;
  unsubscribe(name: string): void;
}

export const STREAMS_MAX = 1_024;
const METHODS: readonly string[] = Object.freeze([
  "SUBSCRIBE",
  "UNSUBSCRIBE",
  "LIST_SUBSCRIPTIONS",
  "SET_PROPERTY",
  "GET_PROPERTY",
]);

/** The answer to one request, as text. Total: whatever a client sends is answered. */
export function answerRequest(text: string, subject: DialogueSubject): string {
  assert(subject.names.size <= STREAMS_MAX, Code.InvariantBroken);
  let request: unknown;
  try {
    request = JSON.parse(text);
  } catch {
    return refusal(3, "Invalid JSON: expected value at line 1 column 1", undefined);
  }
  if (!isMessage(request)) return refusal(2, "Invalid request: expected an object", undefined);
  const { id, method } = request;
  if (!isId(id)) {
    return refusal(2, "Invalid request: request ID must be an unsigned integer, a short string or null", undefined);
  }
  if (method === undefined) return refusal(2, "Invalid request: missing field `method`", id);
  if (typeof method !== "string" || !METHODS.includes(method)) {
    const known = METHODS.map((name) => `\`${name}\``).join(", ");
    return refusal(2, `Invalid request: unknown variant \`${String(method)}\`, expected one of ${known}`, id);
  }
  return perform(method, request, id, subject);
}

function perform(method: string, request: Message, id: unknown, subject: DialogueSubject): string {
  assert(METHODS.includes(method), Code.InvariantBroken);
  const { params } = request;
  if (method === "LIST_SUBSCRIPTIONS") return JSON.stringify({ result: [...subject.names], id: id ?? null });
  if (!Array.isArray(params)) return refusal(2, "Invalid request: missing field `params`", id);
  if (method === "SET_PROPERTY" || method === "GET_PROPERTY") return property(method, params, id, subject);
  for (const name of params) {
    if (typeof name !== "string") return refusal(2, "Invalid request: property name must be a string", id);
  }
  const names = params as string[];
  if (method === "UNSUBSCRIBE") {
    for (const name of names) subject.unsubscribe(name);
    return JSON.stringify({ result: null, id: id ?? null });
  }
  const fresh = names.filter((name) => !subject.names.has(name));
  if (subject.names.size + fresh.length > STREAMS_MAX) return refusal(2, "Invalid request: too many streams", id);
  for (const name of names) {
    const why = subject.subscribe(name);
    if (why !== undefined) return refusal(2, `Invalid request: ${why}`, id);
  }
  return JSON.stringify({ result: null, id: id ?? null });
}

function property(method: string, params: readonly unknown[], id: unknown, subject: DialogueSubject): string {
  assert(method.endsWith("_PROPERTY"), Code.InvariantBroken);
  const [name, value] = params;
  if (typeof name !== "string") return refusal(2, "Invalid request: property name must be a string", id);
  if (name !== "combined") return refusal(0, "Unknown property", id);
  if (method === "GET_PROPERTY") return JSON.stringify({ result: subject.combined, id: id ?? null });
  if (params.length > 2) return refusal(2, "Invalid request: too many parameters", id);
  if (typeof value !== "boolean") return refusal(1, "Invalid value type: expected Boolean", id);
  subject.combined = value;
  return JSON.stringify({ result: null, id: id ?? null });
}

function refusal(code: number, msg: string, id: unknown): string {
  return JSON.stringify(id === undefined ? { code, msg } : { code, msg, id });
}

function isId(id: unknown): boolean {
  if (id === undefined || id === null) return true;
  if (typeof id === "string") return id.length <= 36;
  return Number.isSafeInteger(id) && (id as number) >= 0;
}
