/** Turns the arguments of `replay` into options, each checked in form where it is read. */

import { REPLAY_VENUES, type ReplayOptions } from "../app/replay_options.ts";
import { type Arguments, usage } from "./arguments.ts";

/** Throws ProblemError `Usage` that names the option and what it should look like. */
export function replayOptions(given: Arguments): ReplayOptions {
  const venue = given.text("venue");
  return {
    files: given.positionals,
    strategy: given.text("strategy") as string,
    params: assignments(given, "param", "NAME=VALUE", NAME, ANYTHING),
    instrumentFile: given.text("instrument"),
    venue: REPLAY_VENUES.find((known) => known === venue),
    symbol: given.text("symbol"),
    balances: assignments(given, "balance", "ASSET=AMOUNT, e.g. USDT=10000", ASSET, UNSIGNED),
    limits: assignments(given, "limit", "NAME=VALUE, e.g. maxOrderQty=5", NAME, UNSIGNED),
    entryLatencyUs: whole(given, "entry-latency-us", LATENCY_US_MAX),
    ackLatencyUs: whole(given, "ack-latency-us", LATENCY_US_MAX),
    makerFee: fraction(given, "maker-fee"),
    takerFee: fraction(given, "taker-fee"),
    seed: whole(given, "seed", SEED_MAX),
    verify: given.flag("verify"),
  };
}

const NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const ASSET = /^[A-Z0-9]{1,20}$/;
const UNSIGNED = /^\d{1,18}(\.\d{1,18})?$/;
const ANYTHING = /^[\s\S]*$/;
const LATENCY_US_MAX = 60_000_000;
const SEED_MAX = 0xffff_ffff;

function assignments(given: Arguments, option: string, form: string, nameForm: RegExp, valueForm: RegExp) {
  const found = new Map<string, string>();
  for (const text of given.all(option)) {
    const equals = text.indexOf("=");
    const name = text.slice(0, Math.max(0, equals));
    const value = text.slice(equals + 1);
    if (equals < 1 || !nameForm.test(name))
      throw usage(`--${option} "${text}" has no such form`, `--${option} ${form}`);
    if (!valueForm.test(value))
      throw usage(`--${option} ${name}: "${value}" is not a plain number`, `--${option} ${form}`);
    if (found.has(name)) throw usage(`--${option} ${name} is given twice`, "give it once");
    found.set(name, value);
  }
  return Object.fromEntries(found);
}

function whole(given: Arguments, option: string, max: number): number {
  const text = given.text(option) as string;
  const value = /^\d{1,15}$/.test(text) ? Number.parseInt(text, 10) : Number.NaN;
  if (value <= max) return value;
  throw usage(`--${option} cannot be "${text}"`, `a whole number from 0 to ${max}`);
}

/** A fee as text, exact; below one. */
function fraction(given: Arguments, option: string): string | undefined {
  const text = given.text(option);
  if (text === undefined) return undefined;
  if (/^-?0(\.\d{1,18})?$/.test(text)) return text;
  throw usage(`--${option} cannot be "${text}"`, "a fraction below one, e.g. 0.001 for 0.1 %");
}
