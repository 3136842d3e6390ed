/** An amount in a narrow cell: cut to some decimals, exact in its title, coloured when it is a gain or a loss. */

import { cutDecimal, fixDecimal, groupDecimal, signedDecimal, signOf, trimDecimal } from "../state/decimal_text.ts";

export interface MoneyProps {
  readonly value: string | null;
  readonly decimals?: number;
  /** A change: with its sign, and in the colour of a gain or a loss. */
  readonly change?: boolean;
  /** Fill with zeros to the same length; else zeros at the end go. */
  readonly fixed?: boolean;
}

export function Money({ value, decimals = 2, change = false, fixed = true }: MoneyProps) {
  if (value === null) return <span class="faint">–</span>;
  const short = groupDecimal(fixed ? fixDecimal(value, decimals) : trimDecimal(cutDecimal(value, decimals)));
  if (!change) return <span title={value}>{short}</span>;
  const sign = signOf(short);
  return (
    <span class={sign > 0 ? "up" : sign < 0 ? "down" : ""} title={value}>
      {signedDecimal(short)}
    </span>
  );
}
