/** The order life-cycle: one table, state × event, every cell written with its reason. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { OrderEvent, OrderState } from "../model/order.ts";
import { RecordKind } from "../model/record.ts";

/** What a cell says. `To…` names the next state; the others compute it, or leave it as it is. */
export enum Step {
  /** Only our own mistake can lead here: assert. */
  Illegal = 0,
  /** The venue contradicts finality, or says what cannot be: alarm; never applied. */
  Break = 1,
  /** No such order yet: the report waits for it. */
  Park = 2,
  /** Legal; the state stays. Columns (venue id, pending flags) may change. */
  Stay = 3,
  /** Where it rests by quantities and pending requests: Sent, Open, PartiallyFilled, CancelSent, ReplaceSent, Filled. */
  Rest = 4,
  /** Count the fill, then as `Rest`. */
  Fill = 5,
  /** Take the fill back; PartiallyFilled becomes Open when nothing is left, every other state stays. */
  Void = 6,
  /** Count the fill, stay terminal, alarm. */
  Late = 7,
  /** Take the new terms; as `Rest` when they prove that the order lives on, else stay terminal. */
  Revive = 8,
  /** NeverAccepted when nothing ever proved acceptance, else Unknown. */
  Missing = 9,
  /** Filled when the fills reach the quantity, else it stays. */
  Settle = 10,
  /** The other end when it names a newer leg than the one that ended, else it stays. */
  Newer = 11,
  /** Withdrawn; held again when it is a triggered exit that could not leave: see `isReheld`. */
  Unsent = 12,
  ToSent = 13,
  ToUnknown = 14,
  ToCancelSent = 15,
  ToReplaceSent = 16,
  ToWithdrawn = 17,
  ToRejected = 18,
  ToCanceled = 19,
  ToExpired = 20,
  ToNeverAccepted = 21,
  ToIntent = 22,
  ToDenied = 23,
}

export interface Cell {
  readonly step: Step;
  readonly why: string;
}

/** The cell of `state` and `event`. */
export function cell(state: OrderState, event: OrderEvent): Cell {
  return MATRIX[state][event];
}

/** What a record does to its order; -1 for an OrderIntent, which creates it, and records of other things. */
export function eventOf(kind: RecordKind): OrderEvent | -1 {
  switch (kind) {
    case RecordKind.OrderSent:
    case RecordKind.ReplaceSent:
      return OrderEvent.Release;
    case RecordKind.OrderWithdrawn:
      return OrderEvent.Withdraw;
    case RecordKind.CancelIntent:
      return OrderEvent.CancelRequest;
    case RecordKind.ReplaceIntent:
      return OrderEvent.ReplaceRequest;
    case RecordKind.OrderAccepted:
      return OrderEvent.Accept;
    case RecordKind.OrderRejected:
      return OrderEvent.Reject;
    case RecordKind.OrderFilled:
      return OrderEvent.Fill;
    case RecordKind.OrderCanceled:
      return OrderEvent.Cancel;
    case RecordKind.OrderExpired:
      return OrderEvent.Expire;
    case RecordKind.OrderReplaced:
      return OrderEvent.Replace;
    case RecordKind.ReplaceRejected:
      return OrderEvent.ReplaceReject;
    case RecordKind.CancelRejected:
      return OrderEvent.CancelReject;
    case RecordKind.OrderUnknown:
      return OrderEvent.Lose;
    case RecordKind.OrderNotFound:
      return OrderEvent.NotFound;
    case RecordKind.FillBusted:
      return OrderEvent.Bust;
    case RecordKind.OrderDenied:
      return OrderEvent.Deny;
    case RecordKind.OrderTriggered:
      return OrderEvent.Trigger;
    default:
      return -1;
  }
}

/** Next state of a `To…` step. */
export function nextState(step: Step): OrderState {
  switch (step) {
    case Step.ToSent:
      return OrderState.Sent;
    case Step.ToUnknown:
      return OrderState.Unknown;
    case Step.ToCancelSent:
      return OrderState.CancelSent;
    case Step.ToReplaceSent:
      return OrderState.ReplaceSent;
    case Step.ToWithdrawn:
      return OrderState.Withdrawn;
    case Step.ToRejected:
      return OrderState.Rejected;
    case Step.ToCanceled:
      return OrderState.Canceled;
    case Step.ToExpired:
      return OrderState.Expired;
    case Step.ToIntent:
      return OrderState.Intent;
    case Step.ToDenied:
      return OrderState.Denied;
    default:
      assert(step === Step.ToNeverAccepted, Code.IllegalTransition);
      return OrderState.NeverAccepted;
  }
}

/** True when a cancel may be asked for in this state; else the wish is denied. */
export function mayCancel(state: OrderState): boolean {
  return cell(state, OrderEvent.CancelRequest).step !== Step.Illegal;
}

/** True when a replace may be asked for in this state; else the wish is denied. */
export function mayReplace(state: OrderState): boolean {
  return cell(state, OrderEvent.ReplaceRequest).step !== Step.Illegal;
}

const MATRIX: Readonly<Record<OrderState, Readonly<Record<OrderEvent, Cell>>>> = {
  [OrderState.None]: {
    [OrderEvent.Release]: { step: Step.Illegal, why: "there is nothing to send" },
    [OrderEvent.Withdraw]: { step: Step.Illegal, why: "there is nothing to take back" },
    [OrderEvent.Accept]: { step: Step.Park, why: "it may be known by its venue id only, until the ack" },
    [OrderEvent.Reject]: { step: Step.Park, why: "as for Accept" },
    [OrderEvent.Fill]: { step: Step.Park, why: "a fill must never be lost: it waits for its order" },
    [OrderEvent.CancelRequest]: { step: Step.Illegal, why: "a cancel names an order" },
    [OrderEvent.Cancel]: { step: Step.Park, why: "as for Accept" },
    [OrderEvent.CancelReject]: { step: Step.Park, why: "as for Accept" },
    [OrderEvent.Expire]: { step: Step.Park, why: "as for Accept" },
    [OrderEvent.ReplaceRequest]: { step: Step.Illegal, why: "a replace names an order" },
    [OrderEvent.Replace]: { step: Step.Park, why: "as for Accept" },
    [OrderEvent.ReplaceReject]: { step: Step.Park, why: "as for Accept" },
    [OrderEvent.Lose]: { step: Step.Park, why: "as for Accept" },
    [OrderEvent.NotFound]: { step: Step.Park, why: "as for Accept" },
    [OrderEvent.Bust]: { step: Step.Park, why: "as for Fill" },
    [OrderEvent.Trigger]: { step: Step.Illegal, why: "there is nothing to trigger" },
    [OrderEvent.Deny]: { step: Step.Illegal, why: "a denial names an order" },
  },
  [OrderState.Intent]: {
    [OrderEvent.Release]: { step: Step.ToSent, why: "the gate let it go: from here on only evidence ends it" },
    [OrderEvent.Withdraw]: {
      step: Step.Unsent,
      why: "never sent; an exit that could not leave waits to be tried again",
    },
    [OrderEvent.Accept]: { step: Step.Break, why: "not sent by us: somebody uses our ids" },
    [OrderEvent.Reject]: { step: Step.Break, why: "as for Accept" },
    [OrderEvent.Fill]: { step: Step.Break, why: "as for Accept" },
    [OrderEvent.CancelRequest]: { step: Step.Stay, why: "marked as no longer wanted: the gate withdraws it" },
    [OrderEvent.Cancel]: { step: Step.Break, why: "as for Accept" },
    [OrderEvent.CancelReject]: { step: Step.Stay, why: "a scope cancel may meet it; the venue does not know it yet" },
    [OrderEvent.Expire]: { step: Step.Break, why: "as for Accept" },
    [OrderEvent.ReplaceRequest]: { step: Step.Illegal, why: "nothing is at the venue to replace" },
    [OrderEvent.Replace]: { step: Step.Break, why: "as for Accept" },
    [OrderEvent.ReplaceReject]: { step: Step.Break, why: "as for Accept" },
    [OrderEvent.Lose]: { step: Step.ToUnknown, why: "a restart cannot tell whether it was sent" },
    [OrderEvent.NotFound]: { step: Step.ToNeverAccepted, why: "the gate never opened and the venue agrees" },
    [OrderEvent.Bust]: { step: Step.Break, why: "as for Accept" },
    [OrderEvent.Trigger]: { step: Step.Illegal, why: "it is an intent already" },
    [OrderEvent.Deny]: { step: Step.Illegal, why: "it was approved" },
  },
  [OrderState.Sent]: {
    [OrderEvent.Release]: { step: Step.Illegal, why: "an order is never sent twice" },
    [OrderEvent.Withdraw]: { step: Step.Illegal, why: "bytes may have left: only the venue can end it" },
    [OrderEvent.Accept]: { step: Step.Rest, why: "acknowledged" },
    [OrderEvent.Reject]: { step: Step.ToRejected, why: "the venue's definite refusal" },
    [OrderEvent.Fill]: { step: Step.Fill, why: "a fill before the ack proves acceptance" },
    [OrderEvent.CancelRequest]: { step: Step.ToCancelSent, why: "may be cancelled before the ack" },
    [OrderEvent.Cancel]: { step: Step.ToCanceled, why: "IOC rest, or cancelled before its ack came" },
    [OrderEvent.CancelReject]: { step: Step.Stay, why: "the cancel ran ahead of the order, or was of a scope" },
    [OrderEvent.Expire]: { step: Step.ToExpired, why: "IOC, FOK or post-only" },
    [OrderEvent.ReplaceRequest]: { step: Step.Illegal, why: "decide waits for the ack before it replaces" },
    [OrderEvent.Replace]: { step: Step.Rest, why: "the venue's own amend overtook the ack" },
    [OrderEvent.ReplaceReject]: { step: Step.Stay, why: "late; nothing is pending" },
    [OrderEvent.Lose]: { step: Step.ToUnknown, why: "no answer is no rejection" },
    [OrderEvent.NotFound]: { step: Step.ToNeverAccepted, why: "nothing ever proved acceptance" },
    [OrderEvent.Bust]: { step: Step.Break, why: "no fill is known that could be void" },
    [OrderEvent.Trigger]: { step: Step.Illegal, why: "it is with the venue" },
    [OrderEvent.Deny]: { step: Step.Illegal, why: "it was approved" },
  },
  [OrderState.Unknown]: {
    [OrderEvent.Release]: { step: Step.Illegal, why: "never re-sent" },
    [OrderEvent.Withdraw]: { step: Step.Stay, why: "a replace that waited for the gate is taken back" },
    [OrderEvent.Accept]: { step: Step.Rest, why: "evidence: it lives" },
    [OrderEvent.Reject]: { step: Step.ToRejected, why: "evidence: refused" },
    [OrderEvent.Fill]: { step: Step.Fill, why: "evidence: it was accepted" },
    [OrderEvent.CancelRequest]: { step: Step.Stay, why: "risk may cancel it; asking proves nothing" },
    [OrderEvent.Cancel]: { step: Step.ToCanceled, why: "evidence: cancelled" },
    [OrderEvent.CancelReject]: { step: Step.Stay, why: "a refused cancel does not tell what became of the order" },
    [OrderEvent.Expire]: { step: Step.ToExpired, why: "evidence: expired" },
    [OrderEvent.ReplaceRequest]: { step: Step.Illegal, why: "what may not exist is not replaced" },
    [OrderEvent.Replace]: { step: Step.Rest, why: "evidence: it lives, with the new terms" },
    [OrderEvent.ReplaceReject]: { step: Step.Settle, why: "unknown still, unless the old quantity is filled" },
    [OrderEvent.Lose]: { step: Step.Stay, why: "still unknown" },
    [OrderEvent.NotFound]: { step: Step.Missing, why: "never accepted, unless something once proved acceptance" },
    [OrderEvent.Bust]: { step: Step.Void, why: "quantity falls; a bust does not prove that it lives" },
    [OrderEvent.Trigger]: { step: Step.Illegal, why: "never re-sent" },
    [OrderEvent.Deny]: { step: Step.Illegal, why: "it was approved" },
  },
  [OrderState.Open]: {
    [OrderEvent.Release]: { step: Step.Illegal, why: "an order is never sent twice" },
    [OrderEvent.Withdraw]: { step: Step.Illegal, why: "bytes have left" },
    [OrderEvent.Accept]: { step: Step.Stay, why: "repeated ack, or the ack by a second channel" },
    [OrderEvent.Reject]: { step: Step.ToRejected, why: "a venue may acknowledge receipt first and refuse after" },
    [OrderEvent.Fill]: { step: Step.Fill, why: "the usual case" },
    [OrderEvent.CancelRequest]: { step: Step.ToCancelSent, why: "asked" },
    [OrderEvent.Cancel]: { step: Step.ToCanceled, why: "by the venue, by hand, or by a scope cancel" },
    [OrderEvent.CancelReject]: { step: Step.Stay, why: "late or repeated" },
    [OrderEvent.Expire]: { step: Step.ToExpired, why: "good-till date, self-trade prevention" },
    [OrderEvent.ReplaceRequest]: { step: Step.ToReplaceSent, why: "asked" },
    [OrderEvent.Replace]: { step: Step.Rest, why: "the venue or a person amended it: its terms are the venue's" },
    [OrderEvent.ReplaceReject]: { step: Step.Stay, why: "late or repeated" },
    [OrderEvent.Lose]: { step: Step.ToUnknown, why: "reconciliation missed it in the venue's list" },
    [OrderEvent.NotFound]: { step: Step.ToUnknown, why: "it was accepted once: missing is not refused" },
    [OrderEvent.Bust]: { step: Step.Break, why: "no fill is known that could be void" },
    [OrderEvent.Trigger]: { step: Step.Illegal, why: "it is with the venue" },
    [OrderEvent.Deny]: { step: Step.Illegal, why: "it was approved" },
  },
  [OrderState.PartiallyFilled]: {
    [OrderEvent.Release]: { step: Step.Illegal, why: "an order is never sent twice" },
    [OrderEvent.Withdraw]: { step: Step.Illegal, why: "bytes have left" },
    [OrderEvent.Accept]: { step: Step.Stay, why: "the ack after the fill" },
    [OrderEvent.Reject]: { step: Step.Break, why: "what has traded was not refused" },
    [OrderEvent.Fill]: { step: Step.Fill, why: "the usual case" },
    [OrderEvent.CancelRequest]: { step: Step.ToCancelSent, why: "asked" },
    [OrderEvent.Cancel]: { step: Step.ToCanceled, why: "by the venue, by hand, or by a scope cancel; fills stay" },
    [OrderEvent.CancelReject]: { step: Step.Stay, why: "late or repeated" },
    [OrderEvent.Expire]: { step: Step.ToExpired, why: "fills stay" },
    [OrderEvent.ReplaceRequest]: { step: Step.ToReplaceSent, why: "asked" },
    [OrderEvent.Replace]: { step: Step.Rest, why: "the venue or a person amended it: its terms are the venue's" },
    [OrderEvent.ReplaceReject]: { step: Step.Stay, why: "late or repeated" },
    [OrderEvent.Lose]: { step: Step.ToUnknown, why: "reconciliation missed it in the venue's list" },
    [OrderEvent.NotFound]: { step: Step.ToUnknown, why: "it has traded: missing is not refused" },
    [OrderEvent.Bust]: { step: Step.Void, why: "back to Open when nothing is left of the fills" },
    [OrderEvent.Trigger]: { step: Step.Illegal, why: "it is with the venue" },
    [OrderEvent.Deny]: { step: Step.Illegal, why: "it was approved" },
  },
  [OrderState.CancelSent]: {
    [OrderEvent.Release]: { step: Step.Illegal, why: "a replace must not follow a cancel: the gate withdraws it" },
    [OrderEvent.Withdraw]: { step: Step.Stay, why: "a replace that waited for the gate is taken back" },
    [OrderEvent.Accept]: { step: Step.Stay, why: "the ack crossed the cancel" },
    [OrderEvent.Reject]: { step: Step.ToRejected, why: "refused before the cancel reached it" },
    [OrderEvent.Fill]: { step: Step.Fill, why: "fills race the cancel; complete means Filled" },
    [OrderEvent.CancelRequest]: { step: Step.Stay, why: "asking again is harmless" },
    [OrderEvent.Cancel]: { step: Step.ToCanceled, why: "done" },
    [OrderEvent.CancelReject]: { step: Step.Rest, why: "back to the state before, by quantities" },
    [OrderEvent.Expire]: { step: Step.ToExpired, why: "expiry won the race" },
    [OrderEvent.ReplaceRequest]: { step: Step.Illegal, why: "decide does not replace what it cancels" },
    [OrderEvent.Replace]: { step: Step.Rest, why: "the replace won: new terms, the cancel is still on its way" },
    [OrderEvent.ReplaceReject]: { step: Step.Rest, why: "the replace failed; the cancel is still on its way" },
    [OrderEvent.Lose]: { step: Step.ToUnknown, why: "cancelled or not: nobody knows" },
    [OrderEvent.NotFound]: { step: Step.Missing, why: "never accepted, unless something once proved acceptance" },
    [OrderEvent.Bust]: { step: Step.Void, why: "quantity falls, the cancel goes on" },
    [OrderEvent.Trigger]: { step: Step.Illegal, why: "it is with the venue" },
    [OrderEvent.Deny]: { step: Step.Illegal, why: "it was approved" },
  },
  [OrderState.ReplaceSent]: {
    [OrderEvent.Release]: { step: Step.Stay, why: "the gate let the replace go" },
    [OrderEvent.Withdraw]: { step: Step.Rest, why: "the replace was never sent: back to the state before" },
    [OrderEvent.Accept]: { step: Step.Stay, why: "repeated ack" },
    [OrderEvent.Reject]: { step: Step.ToRejected, why: "refused after receipt; the replace has nothing left" },
    [OrderEvent.Fill]: { step: Step.Fill, why: "fills race the replace; complete by the larger quantity means Filled" },
    [OrderEvent.CancelRequest]: { step: Step.ToCancelSent, why: "a cancel may follow a replace" },
    [OrderEvent.Cancel]: { step: Step.ToCanceled, why: "cancelled first; the replace will be refused" },
    [OrderEvent.CancelReject]: { step: Step.Stay, why: "late or repeated" },
    [OrderEvent.Expire]: { step: Step.ToExpired, why: "expiry won the race" },
    [OrderEvent.ReplaceRequest]: { step: Step.Illegal, why: "one replace at a time" },
    [OrderEvent.Replace]: { step: Step.Rest, why: "new price and quantity; Filled if the new quantity is reached" },
    [OrderEvent.ReplaceReject]: { step: Step.Rest, why: "back to the state before, by quantities" },
    [OrderEvent.Lose]: { step: Step.ToUnknown, why: "old or new terms: nobody knows; the larger counts" },
    [OrderEvent.NotFound]: { step: Step.ToUnknown, why: "it was accepted once: missing is not refused" },
    [OrderEvent.Bust]: { step: Step.Void, why: "quantity falls, the replace goes on" },
    [OrderEvent.Trigger]: { step: Step.Illegal, why: "it is with the venue" },
    [OrderEvent.Deny]: { step: Step.Illegal, why: "it was approved" },
  },
  [OrderState.Held]: {
    [OrderEvent.Release]: { step: Step.Illegal, why: "what is held is no intent yet" },
    [OrderEvent.Withdraw]: { step: Step.ToWithdrawn, why: "cancelled, or its parent or sibling ended it: never sent" },
    [OrderEvent.Accept]: { step: Step.Break, why: "not sent by us: somebody uses our ids" },
    [OrderEvent.Reject]: { step: Step.Break, why: "as for Accept" },
    [OrderEvent.Fill]: { step: Step.Break, why: "as for Accept" },
    [OrderEvent.CancelRequest]: { step: Step.Illegal, why: "nothing is at the venue: it is withdrawn" },
    [OrderEvent.Cancel]: { step: Step.Break, why: "as for Accept" },
    [OrderEvent.CancelReject]: { step: Step.Stay, why: "a scope cancel may meet it; the venue does not know it" },
    [OrderEvent.Expire]: { step: Step.ToExpired, why: "good-till time passed, by our own clock" },
    [OrderEvent.ReplaceRequest]: { step: Step.Illegal, why: "its terms are changed where it is held" },
    [OrderEvent.Replace]: { step: Step.Stay, why: "new terms by our own word; a venue's is a break" },
    [OrderEvent.ReplaceReject]: { step: Step.Break, why: "as for Accept" },
    [OrderEvent.Lose]: { step: Step.Break, why: "it was never sent: nothing can be lost" },
    [OrderEvent.NotFound]: { step: Step.Stay, why: "the venue cannot know it" },
    [OrderEvent.Bust]: { step: Step.Break, why: "as for Accept" },
    [OrderEvent.Trigger]: { step: Step.ToIntent, why: "its condition came true and the gate agreed" },
    [OrderEvent.Deny]: { step: Step.ToDenied, why: "the gate refused it when its condition came true" },
  },
  [OrderState.Denied]: {
    [OrderEvent.Release]: { step: Step.Illegal, why: "never to be sent" },
    [OrderEvent.Withdraw]: { step: Step.Illegal, why: "nothing waits at the gate" },
    [OrderEvent.Accept]: { step: Step.Break, why: "never sent by us: somebody uses our ids" },
    [OrderEvent.Reject]: { step: Step.Break, why: "as for Accept" },
    [OrderEvent.Fill]: { step: Step.Break, why: "as for Accept" },
    [OrderEvent.CancelRequest]: { step: Step.Illegal, why: "it has ended" },
    [OrderEvent.Cancel]: { step: Step.Break, why: "as for Accept" },
    [OrderEvent.CancelReject]: { step: Step.Break, why: "as for Accept" },
    [OrderEvent.Expire]: { step: Step.Break, why: "as for Accept" },
    [OrderEvent.ReplaceRequest]: { step: Step.Illegal, why: "it has ended" },
    [OrderEvent.Replace]: { step: Step.Break, why: "as for Accept" },
    [OrderEvent.ReplaceReject]: { step: Step.Break, why: "as for Accept" },
    [OrderEvent.Lose]: { step: Step.Break, why: "nothing was sent whose answer could be lost" },
    [OrderEvent.NotFound]: { step: Step.Stay, why: "as it should be" },
    [OrderEvent.Bust]: { step: Step.Break, why: "as for Accept" },
    [OrderEvent.Trigger]: { step: Step.Illegal, why: "it has ended" },
    [OrderEvent.Deny]: { step: Step.Illegal, why: "it has ended" },
  },
  [OrderState.Withdrawn]: {
    [OrderEvent.Release]: { step: Step.Illegal, why: "never to be sent" },
    [OrderEvent.Withdraw]: { step: Step.Illegal, why: "nothing waits at the gate" },
    [OrderEvent.Accept]: { step: Step.Break, why: "never sent by us: somebody uses our ids" },
    [OrderEvent.Reject]: { step: Step.Break, why: "as for Accept" },
    [OrderEvent.Fill]: { step: Step.Break, why: "as for Accept" },
    [OrderEvent.CancelRequest]: { step: Step.Illegal, why: "it has ended" },
    [OrderEvent.Cancel]: { step: Step.Break, why: "as for Accept" },
    [OrderEvent.CancelReject]: { step: Step.Stay, why: "a scope cancel may have met it" },
    [OrderEvent.Expire]: { step: Step.Break, why: "as for Accept" },
    [OrderEvent.ReplaceRequest]: { step: Step.Illegal, why: "it has ended" },
    [OrderEvent.Replace]: { step: Step.Break, why: "as for Accept" },
    [OrderEvent.ReplaceReject]: { step: Step.Break, why: "as for Accept" },
    [OrderEvent.Lose]: { step: Step.Break, why: "nothing was sent whose answer could be lost" },
    [OrderEvent.NotFound]: { step: Step.Stay, why: "as it should be" },
    [OrderEvent.Bust]: { step: Step.Break, why: "as for Accept" },
    [OrderEvent.Trigger]: { step: Step.Illegal, why: "it has ended" },
    [OrderEvent.Deny]: { step: Step.Illegal, why: "it has ended" },
  },
  [OrderState.Rejected]: {
    [OrderEvent.Release]: { step: Step.Illegal, why: "it has ended: the gate withdraws what waits" },
    [OrderEvent.Withdraw]: { step: Step.Stay, why: "a replace that waited for the gate is taken back" },
    [OrderEvent.Accept]: { step: Step.Break, why: "finality broken: it may be live at the venue" },
    [OrderEvent.Reject]: { step: Step.Stay, why: "repeated" },
    [OrderEvent.Fill]: { step: Step.Late, why: "the venue traded what it refused: counts, alarm" },
    [OrderEvent.CancelRequest]: { step: Step.Illegal, why: "it has ended" },
    [OrderEvent.Cancel]: { step: Step.Stay, why: "ended either way" },
    [OrderEvent.CancelReject]: { step: Step.Stay, why: "the cancel came too late" },
    [OrderEvent.Expire]: { step: Step.Stay, why: "ended either way" },
    [OrderEvent.ReplaceRequest]: { step: Step.Illegal, why: "it has ended" },
    [OrderEvent.Replace]: { step: Step.Break, why: "finality broken: it may be live at the venue" },
    [OrderEvent.ReplaceReject]: { step: Step.Stay, why: "the replace came too late" },
    [OrderEvent.Lose]: { step: Step.Stay, why: "the lost answer no longer matters" },
    [OrderEvent.NotFound]: { step: Step.Stay, why: "venues forget what has ended" },
    [OrderEvent.Bust]: { step: Step.Void, why: "quantity falls; what has ended stays ended" },
    [OrderEvent.Trigger]: { step: Step.Illegal, why: "it has ended" },
    [OrderEvent.Deny]: { step: Step.Illegal, why: "it has ended" },
  },
  [OrderState.Filled]: {
    [OrderEvent.Release]: { step: Step.Illegal, why: "it has ended: the gate withdraws what waits" },
    [OrderEvent.Withdraw]: { step: Step.Stay, why: "a replace that waited for the gate is taken back" },
    [OrderEvent.Accept]: { step: Step.Stay, why: "the ack after the fill" },
    [OrderEvent.Reject]: { step: Step.Break, why: "what has traded was not refused" },
    [OrderEvent.Fill]: { step: Step.Late, why: "beyond its quantity: counts, alarm" },
    [OrderEvent.CancelRequest]: { step: Step.Illegal, why: "it has ended" },
    [OrderEvent.Cancel]: { step: Step.Stay, why: "nothing was left to cancel" },
    [OrderEvent.CancelReject]: { step: Step.Stay, why: "the cancel came too late" },
    [OrderEvent.Expire]: { step: Step.Stay, why: "nothing was left to expire" },
    [OrderEvent.ReplaceRequest]: { step: Step.Illegal, why: "it has ended" },
    [OrderEvent.Replace]: { step: Step.Revive, why: "lives on when the replace made it larger than its fills" },
    [OrderEvent.ReplaceReject]: { step: Step.Stay, why: "the replace came too late" },
    [OrderEvent.Lose]: { step: Step.Stay, why: "the lost answer no longer matters" },
    [OrderEvent.NotFound]: { step: Step.Stay, why: "venues forget what has ended" },
    [OrderEvent.Bust]: { step: Step.Void, why: "quantity falls; what has ended stays ended" },
    [OrderEvent.Trigger]: { step: Step.Illegal, why: "it has ended" },
    [OrderEvent.Deny]: { step: Step.Illegal, why: "it has ended" },
  },
  [OrderState.Canceled]: {
    [OrderEvent.Release]: { step: Step.Illegal, why: "it has ended: the gate withdraws what waits" },
    [OrderEvent.Withdraw]: { step: Step.Stay, why: "a replace that waited for the gate is taken back" },
    [OrderEvent.Accept]: { step: Step.Stay, why: "the ack came late" },
    [OrderEvent.Reject]: { step: Step.Break, why: "what the venue held was not refused" },
    [OrderEvent.Fill]: { step: Step.Late, why: "the fill raced the end: counts, alarm" },
    [OrderEvent.CancelRequest]: { step: Step.Illegal, why: "it has ended" },
    [OrderEvent.Cancel]: { step: Step.Stay, why: "repeated" },
    [OrderEvent.CancelReject]: { step: Step.Stay, why: "the cancel came too late" },
    [OrderEvent.Expire]: { step: Step.Newer, why: "ended either way; the end of a newer leg is the order's" },
    [OrderEvent.ReplaceRequest]: { step: Step.Illegal, why: "it has ended" },
    [OrderEvent.Replace]: { step: Step.Revive, why: "lives on under a new venue id: only its old leg ended" },
    [OrderEvent.ReplaceReject]: { step: Step.Stay, why: "the replace came too late" },
    [OrderEvent.Lose]: { step: Step.Stay, why: "the lost answer no longer matters" },
    [OrderEvent.NotFound]: { step: Step.Stay, why: "venues forget what has ended" },
    [OrderEvent.Bust]: { step: Step.Void, why: "quantity falls; what has ended stays ended" },
    [OrderEvent.Trigger]: { step: Step.Illegal, why: "it has ended" },
    [OrderEvent.Deny]: { step: Step.Illegal, why: "it has ended" },
  },
  [OrderState.Expired]: {
    [OrderEvent.Release]: { step: Step.Illegal, why: "it has ended: the gate withdraws what waits" },
    [OrderEvent.Withdraw]: { step: Step.Stay, why: "a replace that waited for the gate is taken back" },
    [OrderEvent.Accept]: { step: Step.Stay, why: "the ack came late" },
    [OrderEvent.Reject]: { step: Step.Break, why: "what the venue held was not refused" },
    [OrderEvent.Fill]: { step: Step.Late, why: "the fill raced the end: counts, alarm" },
    [OrderEvent.CancelRequest]: { step: Step.Illegal, why: "it has ended" },
    [OrderEvent.Cancel]: { step: Step.Newer, why: "ended either way; the end of a newer leg is the order's" },
    [OrderEvent.CancelReject]: { step: Step.Stay, why: "the cancel came too late" },
    [OrderEvent.Expire]: { step: Step.Stay, why: "repeated" },
    [OrderEvent.ReplaceRequest]: { step: Step.Illegal, why: "it has ended" },
    [OrderEvent.Replace]: { step: Step.Revive, why: "lives on under a new venue id: only its old leg ended" },
    [OrderEvent.ReplaceReject]: { step: Step.Stay, why: "the replace came too late" },
    [OrderEvent.Lose]: { step: Step.Stay, why: "the lost answer no longer matters" },
    [OrderEvent.NotFound]: { step: Step.Stay, why: "venues forget what has ended" },
    [OrderEvent.Bust]: { step: Step.Void, why: "quantity falls; what has ended stays ended" },
    [OrderEvent.Trigger]: { step: Step.Illegal, why: "it has ended" },
    [OrderEvent.Deny]: { step: Step.Illegal, why: "it has ended" },
  },
  [OrderState.NeverAccepted]: {
    [OrderEvent.Release]: { step: Step.Illegal, why: "it has ended: the gate withdraws what waits" },
    [OrderEvent.Withdraw]: { step: Step.Illegal, why: "nothing was accepted, so nothing was replaced" },
    [OrderEvent.Accept]: { step: Step.Break, why: "finality broken: it may be live at the venue" },
    [OrderEvent.Reject]: { step: Step.Stay, why: "agrees" },
    [OrderEvent.Fill]: { step: Step.Late, why: "the venue traded what it did not find: counts, alarm" },
    [OrderEvent.CancelRequest]: { step: Step.Illegal, why: "it has ended" },
    [OrderEvent.Cancel]: { step: Step.Break, why: "the venue held what it did not find" },
    [OrderEvent.CancelReject]: { step: Step.Stay, why: "the cancel came too late" },
    [OrderEvent.Expire]: { step: Step.Break, why: "the venue held what it did not find" },
    [OrderEvent.ReplaceRequest]: { step: Step.Illegal, why: "it has ended" },
    [OrderEvent.Replace]: { step: Step.Break, why: "finality broken: it may be live at the venue" },
    [OrderEvent.ReplaceReject]: { step: Step.Stay, why: "the replace came too late" },
    [OrderEvent.Lose]: { step: Step.Stay, why: "the lost answer no longer matters" },
    [OrderEvent.NotFound]: { step: Step.Stay, why: "venues forget what has ended" },
    [OrderEvent.Bust]: { step: Step.Void, why: "quantity falls; what has ended stays ended" },
    [OrderEvent.Trigger]: { step: Step.Illegal, why: "it has ended" },
    [OrderEvent.Deny]: { step: Step.Illegal, why: "it has ended" },
  },
};
