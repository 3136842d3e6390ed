/** Types that keep units apart: a price is not a quantity, a time is not a count. They cost nothing at run time. */

declare const brand: unique symbol;
type Brand<T, B extends string> = T & { readonly [brand]: B };

/** Price as an integer at the instrument revision's price scale; below 2^53. */
export type PriceMantissa = Brand<number, "PriceMantissa">;
/** Quantity as an integer at the instrument revision's quantity scale; below 2^53. */
export type QtyMantissa = Brand<number, "QtyMantissa">;
/** Microseconds since the Unix epoch, in a float64 (exact until the year 2255). */
export type Micros = Brand<number, "Micros">;
/** Dense listing id: never changes, never reused. */
export type InstrumentId = Brand<number, "InstrumentId">;
export type AssetId = Brand<number, "AssetId">;
export type AccountId = Brand<number, "AccountId">;
export type InstanceId = Brand<number, "InstanceId">;
/** Dense order number of this journal. */
export type OrderId = Brand<number, "OrderId">;
/** Input number: one per frame, command, tick, wish, REST answer. */
export type InputNumber = Brand<number, "InputNumber">;
/** Record number: dense, journal only. */
export type RecordNumber = Brand<number, "RecordNumber">;

/** Largest integer a mantissa may hold. */
export const MANTISSA_MAX = 9_007_199_254_740_991;
