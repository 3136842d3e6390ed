/** Parts of one step of an order: the state that the matrix and the columns give, and what release and withdrawal do. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { isTerminal, OrderEvent, OrderFlag, OrderState } from "../model/order.ts";
import { RecordKind, type TradingRecord } from "../model/record.ts";
import { nextState, Step } from "./matrix.ts";
import { Mark, type OrderRows } from "./order_rows.ts";

/** `proves`: the event showed more than its kind says, see `Revive` and `Newer`. */
export function stateAfter(
  rows: OrderRows,
  row: number,
  step: Step,
  event: OrderEvent,
  state: OrderState,
  proves: boolean,
): OrderState {
  switch (step) {
    case Step.Stay:
    case Step.Late:
      return state;
    case Step.Rest:
    case Step.Fill:
      return rows.restingState(row);
    case Step.Void:
      return state === OrderState.PartiallyFilled ? rows.restingState(row) : state;
    case Step.Settle:
      return rows.isComplete(row) ? OrderState.Filled : state;
    case Step.Revive:
      return proves ? rows.restingState(row) : state;
    case Step.Newer:
      if (!proves) return state;
      return event === OrderEvent.Cancel ? OrderState.Canceled : OrderState.Expired;
    case Step.Missing:
      return rows.hasMark(row, Mark.Accepted) ? OrderState.Unknown : OrderState.NeverAccepted;
    default:
      return nextState(step);
  }
}

export function takeRelease(rows: OrderRows, row: number, record: Readonly<TradingRecord>, state: OrderState): void {
  if (record.kind === RecordKind.OrderSent) {
    assert(state === OrderState.Intent, Code.IllegalTransition);
    return;
  }
  assert(state === OrderState.ReplaceSent, Code.IllegalTransition);
  assert(!rows.hasMark(row, Mark.ReplaceReleased), Code.IllegalTransition);
  rows.setMark(row, Mark.ReplaceReleased, true);
}

export function takeWithdraw(rows: OrderRows, row: number, record: Readonly<TradingRecord>, state: OrderState): void {
  rows.code[row] = record.code;
  if (state === OrderState.Intent || isTerminal(state)) return;
  assert(rows.hasFlag(row, OrderFlag.ReplacePending), Code.IllegalTransition);
  assert(!rows.hasMark(row, Mark.ReplaceReleased), Code.IllegalTransition);
  rows.dropReplace(row);
}
