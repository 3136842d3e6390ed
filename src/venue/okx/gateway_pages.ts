/** Lists of OKX, newest first, a hundred rows at a time, turned by the id of the last row; one list may follow another. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { Param, RestAsk } from "../wire/live_answer.ts";
import type { Pages } from "../wire/live_dialect.ts";
import { rowOf } from "./row_fields.ts";

export interface ListAsk {
  readonly path: string;
  readonly params: readonly Param[];
  /** What a page costs. */
  readonly weight: number;
}

/** `idName`: field by which pages are turned. A row of an earlier list that a later one has too is given once. */
export function newestPages(lists: readonly ListAsk[], idName: string, pageRows: number): Pages {
  assert(lists.length > 0 && pageRows > 0, Code.ValueOutOfRange);
  const seen = new Set<string>();
  let at = 0;
  const first = pageAsk(lists[0] as ListAsk, pageRows, "");
  return {
    first,
    isNewestFirst: true,
    rows: (value) => (Array.isArray(value) ? value.filter((row) => isNew(row, idName, seen)) : undefined),
    next: (_, value) => {
      const all = value as readonly unknown[];
      if (all.length < pageRows) {
        const list = lists[++at];
        return list === undefined ? undefined : pageAsk(list, pageRows, "");
      }
      const id = rowOf(all.at(-1)).id(idName);
      return id === "" ? "broken" : pageAsk(lists[at] as ListAsk, pageRows, id);
    },
  };
}

/** The whole answer at once. */
export function onePage(first: RestAsk, rows: Pages["rows"]): Pages {
  return { first, rows, next: () => undefined };
}

export function pageAsk({ path, params, weight }: ListAsk, pageRows: number, after: string): RestAsk {
  const turn: readonly Param[] = after === "" ? [] : [["after", after]];
  return {
    method: "GET",
    path,
    params: [...params, ["limit", String(pageRows)], ...turn],
    security: "signed",
    weight,
  };
}

/** Rows without an id are given as they are: whoever reads them finds it out. */
function isNew(row: unknown, idName: string, seen: Set<string>): boolean {
  const id = rowOf(row).id(idName);
  if (id === "") return true;
  const isKnown = seen.has(id);
  seen.add(id);
  return !isKnown;
}
