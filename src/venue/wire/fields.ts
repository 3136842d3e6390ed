/** Fields of private messages, read exactly: the first one that is not as it should be is named, nothing is thrown. */

import { Code } from "../../core/code.ts";
import { CASH_SCALE, DecimalReader, parseWide } from "../../core/decimal.ts";
import type { Wide } from "../../core/wide.ts";
import { type JsonObject, objectOf, parseJson } from "./json.ts";
import { timeUs } from "./time_us.ts";

const LONG_DIGITS = /\d{16}/;
const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const LONG_INTEGER = /^-?\d{16,}$/;

/** As `parseJson`, with long whole numbers as text: order ids of USD-M have 19 digits, more than a number holds exactly. */
export function parseExact(text: string): ReturnType<typeof parseJson> {
  if (!LONG_DIGITS.test(text)) return parseJson(text);
  return parseJson(text.replace(STRING_OR_NUMBER, (part) => (LONG_INTEGER.test(part) ? `"${part}"` : part)));
}

/** One object of a message. `bad` is the first field that was missing or malformed; what was read after it means nothing. */
export class Fields {
  bad = "";
  readonly #reader = new DecimalReader();

  constructor(readonly source: JsonObject) {}

  /** Total: what is no object has no fields. */
  static of(value: unknown): Fields {
    return new Fields(objectOf(value) ?? {});
  }

  has(name: string): boolean {
    return this.source[name] !== undefined && this.source[name] !== null;
  }

  /** A text; `usual` where it may be absent or null. */
  text(name: string, usual?: string): string {
    const value = this.source[name];
    if (typeof value === "string") return value;
    if ((value === undefined || value === null) && usual !== undefined) return usual;
    return this.#fail(name, "");
  }

  /** A whole number or the text of one, as text; "" for a negative one, which means none. */
  id(name: string): string {
    const value = this.source[name];
    if (typeof value === "string" && /^-?\d{1,24}$/.test(value)) return value.startsWith("-") ? "" : value;
    if (typeof value === "number" && Number.isSafeInteger(value)) return value < 0 ? "" : String(value);
    return this.#fail(name, "");
  }

  whole(name: string, usual?: number): number {
    const value = this.source[name];
    if (typeof value === "number" && Number.isSafeInteger(value)) return value;
    if (value === undefined && usual !== undefined) return usual;
    return this.#fail(name, 0);
  }

  /** Microseconds of a time; 0 where it is absent and may be. */
  timeUs(name: string, isOptional = false): number {
    const value = this.source[name];
    if (isOptional && value === undefined) return 0;
    // 16 digits are microseconds, and come as text from `parseExact`.
    const number = typeof value === "string" && /^\d{16}$/.test(value) ? Number.parseInt(value, 10) : value;
    const us = typeof number === "number" && Number.isSafeInteger(number) && number >= 0 ? timeUs(number) : -1;
    return us < 0 ? this.#fail(name, 0) : us;
  }

  flag(name: string): boolean {
    const value = this.source[name];
    if (typeof value === "boolean") return value;
    return value === undefined ? false : this.#fail(name, false);
  }

  /** Mantissa of a decimal text at `scale`, never negative. */
  mantissa(name: string, scale: number): number {
    const value = this.source[name];
    if (typeof value !== "string") return this.#fail(name, 0);
    const mantissa = this.#reader.read(value, 0, scale);
    if (this.#reader.code !== Code.Ok || this.#reader.end !== value.length) return this.#fail(name, 0);
    return mantissa;
  }

  /** As `mantissa`, of a number that may be negative. */
  signed(name: string, scale: number): number {
    const value = this.source[name];
    if (typeof value !== "string") return this.#fail(name, 0);
    const mantissa = this.#reader.readSigned(value, 0, scale);
    if (this.#reader.code !== Code.Ok || this.#reader.end !== value.length) return this.#fail(name, 0);
    return mantissa;
  }

  /** Money at 10^-18, negative or not. False when it is none. */
  amount(name: string, out: Wide): boolean {
    const value = this.source[name];
    if (typeof value === "string" && parseWide(out, value, CASH_SCALE) === Code.Ok) return true;
    return this.#fail(name, false);
  }

  object(name: string): Fields {
    const value = objectOf(this.source[name]);
    if (value === undefined) this.#fail(name, undefined);
    return new Fields(value ?? {});
  }

  list(name: string): readonly unknown[] {
    const value = this.source[name];
    return Array.isArray(value) ? value : this.#fail(name, []);
  }

  #fail<T>(name: string, value: T): T {
    if (this.bad === "") this.bad = name;
    return value;
  }
}
