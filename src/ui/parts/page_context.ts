/** What every part of the page may use: the store it reads, the session it acts by. */

import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { PageSession } from "../state/session.ts";
import type { Store } from "../state/store.ts";

export interface PageContext {
  readonly store: Store;
  readonly session: PageSession;
}

export const Page = createContext<PageContext | undefined>(undefined);

export function usePage(): PageContext {
  const page = useContext(Page);
  if (page === undefined) throw new Error("a part stands outside the page");
  return page;
}
