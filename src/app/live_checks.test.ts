/** What keeps a live account from opening: each by its code and with a cure, the first one said, waiting no better than failing. */

import { expect, test } from "bun:test";
import { Code } from "../core/code.ts";
import { CODE_TEXTS } from "../core/code_texts.ts";
import { problem } from "../core/problem.ts";
import type { AccountFacts } from "../venue/wire/live_dialect.ts";
import type { GatewayStatus } from "../venue/wire/live_gateway.ts";
import { CLOCK_OFFSET_US_MAX, checkAllowed, checkClock, checkFacts, checkKey, whyUnfit } from "./live_checks.ts";

const FACTS: AccountFacts = { mayTrade: true, mayWithdraw: false, isHedged: false, assets: [] };
const KNOWN = { isKnown: true };
const figures = (offsetUs: number, uncertaintyUs = 1_000) =>
  ({ clockOffsetUs: offsetUs, clockUncertaintyUs: uncertaintyUs }) as GatewayStatus;
const codes = (facts: Partial<AccountFacts>) =>
  checkFacts({ ...FACTS, ...facts }).flatMap(({ verdict, code }) => (verdict === "ok" ? [] : [code]));

test("a sound account is fit; each fault has its code, its hint, and keeps it from opening", () => {
  const sound = [checkAllowed(true), checkKey(undefined), checkClock(KNOWN, figures(0)), ...checkFacts(FACTS)];
  expect([whyUnfit(sound), sound.map(({ verdict }) => verdict)]).toEqual(["", sound.map(() => "ok" as const)]);
  expect(codes({ mayTrade: false })).toEqual(["KeyMayNotTrade"]);
  expect(codes({ mayWithdraw: true })).toEqual(["KeyMayWithdraw"]);
  expect(codes({ isHedged: true })).toEqual(["HedgeMode"]);
  for (const code of [Code.KeyMayNotTrade, Code.KeyMayWithdraw, Code.HedgeMode, Code.LiveNotAllowed]) {
    expect(CODE_TEXTS[code].hint).not.toBe("");
  }
  expect(whyUnfit([...sound, checkAllowed(false)])).toContain("live: true");
});

test("a key that is bound to no address may trade, and is told of; where the venue does not say it nothing is", () => {
  const address = (facts: Partial<AccountFacts>) =>
    checkFacts({ ...FACTS, ...facts }).find(({ name }) => name === "address");
  expect(address({})).toBeUndefined();
  expect(address({ isUnbound: false })).toMatchObject({ verdict: "ok", code: "" });
  expect(address({ isUnbound: true })).toMatchObject({ verdict: "ok", code: "KeyUnbound" });
  expect(whyUnfit(checkFacts({ ...FACTS, isUnbound: true }))).toBe("");
});

test("a clock that is off either way, or that nobody can tell well enough", () => {
  expect(checkClock(KNOWN, figures(CLOCK_OFFSET_US_MAX)).verdict).toBe("ok");
  for (const wrong of [figures(CLOCK_OFFSET_US_MAX + 1), figures(-CLOCK_OFFSET_US_MAX - 1), figures(0, 500_001)]) {
    expect(checkClock(KNOWN, wrong)).toMatchObject({ verdict: "failed", code: "ClockWrong" });
  }
  expect(checkClock(KNOWN, figures(0, Number.POSITIVE_INFINITY)).verdict).toBe("failed");
  expect(checkClock({ isKnown: false }, figures(0)).verdict).toBe("waiting");
});

test("what is not known yet is no permission; what failed is said before what waits", () => {
  const waiting = checkFacts(undefined);
  expect(whyUnfit(waiting)).toContain("has not said yet");
  const refused = checkFacts(problem(Code.AnswerRefused, "-2015 Invalid API-key"));
  expect(whyUnfit(refused)).toContain("-2015");
  expect(whyUnfit([...waiting, checkKey(problem(Code.SecretMissing, "no file"))])).toStartWith("key: no file");
});
