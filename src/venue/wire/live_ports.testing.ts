/** The world of a live gateway that needs no thread: this process's clock and timers, `fetch`, and a table of assets. */

import type { LivePorts } from "./live_gateway.ts";
import type { RequestClient } from "./rest.ts";

export const nowUs = () => Math.round((performance.timeOrigin + performance.now()) * 1_000);

/** fetch, as the REST thread does it. */
export const FETCH_CLIENT: RequestClient = {
  send({ method, url, headers = {}, body }, done) {
    const init = { method, headers, ...(body === undefined ? {} : { body }) };
    fetch(url, init)
      .then(async (answer) =>
        done({ status: answer.status, text: await answer.text(), headers: Object.fromEntries(answer.headers) }),
      )
      .catch((error: unknown) => {
        const lost = { code: "SocketLost", detail: String(error), hint: "" };
        done({ status: 0, text: "", headers: {}, problem: lost });
      });
  },
};

/** `own`: where reports go, whose ids and instruments these are, and what is to be otherwise. */
export function livePorts(
  assets: readonly string[],
  own: Pick<LivePorts, "ids" | "instruments" | "sink" | "poll" | "problem"> & Partial<LivePorts>,
): LivePorts {
  return {
    nowUs,
    random: () => Math.random(), // det-ok: jitter of reconnects
    setTimer: (delayMs, fn) => setTimeout(fn, delayMs),
    clearTimer: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
    rest: FETCH_CLIENT,
    assetId: (code) => (assets.includes(code) ? assets.indexOf(code) : undefined),
    ...own,
  };
}
