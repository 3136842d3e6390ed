/** Every cell of the life-cycle matrix, against rules that were written without looking at the table. */

import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { OrderEvent as E, isTerminal, ORDER_EVENT_COUNT, ORDER_STATE_COUNT, OrderState as S } from "../model/order.ts";
import { RecordKind } from "../model/record.ts";
import { cell, eventOf, mayCancel, mayReplace, nextState, Step } from "./matrix.ts";
import { matrixTable } from "./matrix_table.ts";
import { isEvidence } from "./reports.ts";

const STATES = Array.from({ length: ORDER_STATE_COUNT }, (_, i) => i as S);
const EVENTS = Array.from({ length: ORDER_EVENT_COUNT }, (_, i) => i as E);

/** The rules, by event; a state that a rule does not name takes the rule's last word. */
function expected(s: S, e: E): Step {
  const is = (...states: S[]): boolean => states.includes(s);
  const isEnded = is(S.Rejected, S.Filled, S.Canceled, S.Expired, S.NeverAccepted);
  const isAtVenue = is(S.Sent, S.Unknown, S.Open, S.PartiallyFilled, S.CancelSent, S.ReplaceSent);
  if (s === S.None) return isEvidence(e) ? Step.Park : Step.Illegal;
  if (s === S.Held) return expectedHeld(e);
  switch (e) {
    case E.Release:
      return is(S.Intent) ? Step.ToSent : is(S.ReplaceSent) ? Step.Stay : Step.Illegal;
    case E.Withdraw: // Only what waits at the gate; a waiting replace may have been overtaken by anything but NotFound.
      if (is(S.Intent)) return Step.Unsent;
      if (is(S.ReplaceSent)) return Step.Rest;
      return is(S.CancelSent, S.Unknown) || (isEnded && !is(S.NeverAccepted)) ? Step.Stay : Step.Illegal;
    case E.CancelRequest:
      if (is(S.Sent, S.Open, S.PartiallyFilled, S.ReplaceSent)) return Step.ToCancelSent;
      return is(S.Intent, S.Unknown, S.CancelSent) ? Step.Stay : Step.Illegal;
    case E.ReplaceRequest:
      return is(S.Open, S.PartiallyFilled) ? Step.ToReplaceSent : Step.Illegal;
    case E.Accept:
      if (is(S.Sent, S.Unknown)) return Step.Rest;
      return isAtVenue || is(S.Filled, S.Canceled, S.Expired) ? Step.Stay : Step.Break;
    case E.Reject:
      if (is(S.PartiallyFilled)) return Step.Break;
      return isAtVenue ? Step.ToRejected : is(S.Rejected, S.NeverAccepted) ? Step.Stay : Step.Break;
    case E.Fill:
      return isAtVenue ? Step.Fill : isEnded ? Step.Late : Step.Break;
    case E.Cancel:
    case E.Expire:
      if (isAtVenue) return e === E.Cancel ? Step.ToCanceled : Step.ToExpired;
      if (is(e === E.Cancel ? S.Expired : S.Canceled)) return Step.Newer;
      return isEnded && !is(S.NeverAccepted) ? Step.Stay : Step.Break;
    case E.CancelReject:
      return is(S.CancelSent) ? Step.Rest : is(S.Denied) ? Step.Break : Step.Stay;
    case E.Replace:
      if (isAtVenue) return Step.Rest;
      return is(S.Filled, S.Canceled, S.Expired) ? Step.Revive : Step.Break;
    case E.ReplaceReject:
      if (is(S.CancelSent, S.ReplaceSent)) return Step.Rest;
      if (is(S.Unknown)) return Step.Settle;
      return isAtVenue || isEnded ? Step.Stay : Step.Break;
    case E.Lose:
      if (is(S.Unknown) || isEnded) return Step.Stay;
      return is(S.Denied, S.Withdrawn) ? Step.Break : Step.ToUnknown;
    case E.NotFound:
      if (is(S.Intent, S.Sent)) return Step.ToNeverAccepted;
      if (is(S.Unknown, S.CancelSent)) return Step.Missing;
      return isAtVenue ? Step.ToUnknown : Step.Stay;
    case E.Bust:
      if (is(S.Sent, S.Open)) return Step.Break;
      return isAtVenue || isEnded ? Step.Void : Step.Break;
    case E.Trigger:
    case E.Deny:
      return Step.Illegal;
  }
}

/** What is held was never sent: we alone may act on it, and whatever a venue says of it cannot be. */
function expectedHeld(e: E): Step {
  if (e === E.Trigger) return Step.ToIntent;
  if (e === E.Deny) return Step.ToDenied;
  if (e === E.Withdraw) return Step.ToWithdrawn;
  if (e === E.Expire) return Step.ToExpired;
  if (e === E.CancelReject || e === E.NotFound) return Step.Stay;
  if (e === E.Replace) return Step.Stay; // Our own amend; the report handler breaks a venue's.
  return isEvidence(e) ? Step.Break : Step.Illegal;
}

describe("life-cycle matrix", () => {
  for (const state of STATES) {
    test(`${S[state]}: all ${EVENTS.length} cells`, () => {
      for (const event of EVENTS) {
        const { step, why } = cell(state, event);
        expect(`${S[state]} × ${E[event]}: ${Step[step]}`).toBe(
          `${S[state]} × ${E[event]}: ${Step[expected(state, event)]}`,
        );
        expect(why.length).toBeGreaterThan(0);
      }
    });
  }

  test("a lost answer never ends an order, and only evidence ends Unknown", () => {
    for (const state of STATES) {
      const { step } = cell(state, E.Lose);
      expect([Step.ToUnknown, Step.Stay, Step.Park, Step.Break]).toContain(step);
    }
    for (const event of EVENTS) {
      const { step } = cell(S.Unknown, event);
      if (!isEvidence(event) || event === E.Lose) expect([Step.Stay, Step.Illegal]).toContain(step);
    }
  });

  test("no event of ours ends an order that was sent; no evidence is Illegal", () => {
    for (const state of STATES) {
      for (const event of EVENTS) {
        const { step } = cell(state, event);
        if (isEvidence(event)) expect(step).not.toBe(Step.Illegal);
        else if (step >= Step.ToSent && isTerminal(nextState(step))) expect([S.Intent, S.Held]).toContain(state);
      }
    }
  });

  test("a fill is never dropped silently: counted, parked, or a break", () => {
    for (const state of STATES) {
      expect([Step.Fill, Step.Late, Step.Park, Step.Break]).toContain(cell(state, E.Fill).step);
    }
  });

  test("terminal states are left by a replace's evidence alone", () => {
    for (const state of STATES.filter(isTerminal)) {
      for (const event of EVENTS) {
        const { step } = cell(state, event);
        const stays = [Step.Stay, Step.Late, Step.Void, Step.Newer, Step.Break, Step.Illegal].includes(step);
        expect(stays || (step === Step.Revive && event === E.Replace)).toBe(true);
      }
    }
  });

  test("what may be asked for follows from the table", () => {
    expect(STATES.filter(mayReplace)).toEqual([S.Open, S.PartiallyFilled]);
    expect(STATES.filter(mayCancel)).toEqual([
      S.Intent,
      S.Sent,
      S.Unknown,
      S.Open,
      S.PartiallyFilled,
      S.CancelSent,
      S.ReplaceSent,
    ]);
  });

  test("every event has a record kind that causes it", () => {
    const caused = new Set<number>();
    for (let kind = 0; kind < 100; kind++) caused.add(eventOf(kind as RecordKind));
    for (const event of EVENTS) expect(caused.has(event)).toBe(true);
    expect(eventOf(RecordKind.OrderIntent)).toBe(-1);
  });

  test("the README shows this table", async () => {
    const readme = await Bun.file(join(import.meta.dir, "README.md")).text();
    expect(readme).toContain(matrixTable());
  });
});
