/** Decimals as text: sums against integers, cuts and signs at their edges. */

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  addDecimals,
  cutDecimal,
  fixDecimal,
  groupDecimal,
  plotNumber,
  signedDecimal,
  signOf,
  subtractDecimals,
  trimDecimal,
} from "./decimal_text.ts";

const decimal = fc
  .tuple(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.integer({ min: 0, max: 18 }))
  .map(([mantissa, scale]) => ({ mantissa, scale, text: textOf(mantissa, scale) }));

/** Another way to the same text: whole and rest by division. */
function textOf(mantissa: bigint, scale: number): string {
  const unit = 10n ** BigInt(scale);
  const size = mantissa < 0n ? -mantissa : mantissa;
  const fraction = scale === 0 ? "" : `.${(size % unit).toString().padStart(scale, "0")}`;
  return `${mantissa < 0n ? "-" : ""}${size / unit}${fraction}`;
}

describe("sums", () => {
  test("are exact where floats are not", () => {
    expect(addDecimals("0.1", "0.2")).toBe("0.3");
    expect(addDecimals("99999999999999999999.000000000000000001", "-0.000000000000000002")).toBe(
      "99999999999999999998.999999999999999999",
    );
    expect(addDecimals()).toBe("0");
    expect(subtractDecimals("1.00", "-2.5")).toBe("3.50");
    expect(subtractDecimals("1", "1.0")).toBe("0.0");
  });

  test("equal the sums of integers at 18 decimals, whatever the scales", () => {
    const at18 = ({ mantissa, scale }: { mantissa: bigint; scale: number }) => mantissa * 10n ** BigInt(18 - scale);
    fc.assert(
      fc.property(decimal, decimal, (a, b) => {
        const scale = Math.max(a.scale, b.scale);
        const unit = 10n ** BigInt(18 - scale);
        expect(addDecimals(a.text, b.text)).toBe(textOf((at18(a) + at18(b)) / unit, scale));
        expect(signOf(subtractDecimals(a.text, b.text))).toBe(at18(a) > at18(b) ? 1 : at18(a) < at18(b) ? -1 : 0);
      }),
      { numRuns: 300 },
    );
  });
});

describe("texts for cells", () => {
  test("are cut toward zero, never to a negative zero", () => {
    expect(["1.239", "-1.239", "-0.004", "12", "0.5"].map((text) => cutDecimal(text, 2))).toEqual([
      "1.23",
      "-1.23",
      "0.00",
      "12",
      "0.5",
    ]);
    expect(cutDecimal("17.9", 0)).toBe("17");
  });

  test("are filled, trimmed and grouped without a change of value", () => {
    expect(["1", "1.5", "-0.001"].map((text) => fixDecimal(text, 2))).toEqual(["1.00", "1.50", "0.00"]);
    expect(["64123.500000", "100", "100.000", "0.10"].map(trimDecimal)).toEqual(["64123.5", "100", "100", "0.1"]);
    expect(["1234567.8912", "-1234", "999", "1000"].map(groupDecimal)).toEqual([
      "1,234,567.8912",
      "-1,234",
      "999",
      "1,000",
    ]);
  });

  test("carry a sign when they are a change", () => {
    expect(["1.20", "-1.20", "0.00", "-0.00"].map(signedDecimal)).toEqual(["+1.20", "-1.20", "0.00", "0.00"]);
  });

  test("become a number for the plot only", () => {
    expect(plotNumber("-12.25")).toBe(-12.25);
  });
});
