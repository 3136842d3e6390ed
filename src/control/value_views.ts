/** Values that many answers have: decimals and times. */

import { Type as t } from "@sinclair/typebox";

const closed = { additionalProperties: false };

/** A decimal in units, exact: never a float on the wire. */
export const Decimal = t.String({ pattern: "^-?[0-9]+(\\.[0-9]+)?$", description: "decimal in units" });
/** ISO-8601 for people beside epoch µs for programs. */
export const Time = t.Object({ iso: t.String(), us: t.Number() }, closed);
