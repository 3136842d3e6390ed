/** The browser's entry: takes the one-time code out of the URL, makes the store and the session, draws the page. */

import { effect } from "@preact/signals";
import { render } from "preact";
import { App } from "./parts/app.tsx";
import { Page } from "./parts/page_context.ts";
import { Api } from "./state/api.ts";
import { browserWorld } from "./state/browser_world.ts";
import { signedDecimal } from "./state/decimal_text.ts";
import { PageSession } from "./state/session.ts";
import { Store } from "./state/store.ts";

function start(): void {
  const store = new Store();
  const session = new PageSession(store, new Api((path, init) => fetch(path, init)), browserWorld());
  const code = takeCode();
  store.nowMs.value = Date.now();
  setInterval(() => {
    store.nowMs.value = Date.now();
  }, 1_000);
  addEventListener("online", () => session.stream.retryNow());
  effect(() => {
    document.documentElement.classList.toggle("killed", store.killed.value);
    document.title = titleOf(store);
  });
  render(
    <Page.Provider value={{ store, session }}>
      <App />
    </Page.Provider>,
    document.getElementById("page") as HTMLElement,
  );
  void session.start(code);
}

/** The code is used once: it leaves the address bar and the history at once. */
function takeCode(): string | undefined {
  const code = new URLSearchParams(location.hash.slice(1)).get("code");
  if (code === null) return undefined;
  history.replaceState(null, "", location.pathname + location.search);
  return code;
}

/** The tab tells what matters when another one is in front. */
function titleOf(store: Store): string {
  store.curveVersion.value;
  if (store.killed.value) return "KILLED · Meltica";
  const total = store.curve.total(store.shownAsset.value);
  if (total === undefined || store.stale.value) return "Meltica";
  const change = signedDecimal(total.change.replace(/(\.\d{2})\d*$/, "$1"));
  return `${change} ${total.asset} · Meltica`;
}

start();
