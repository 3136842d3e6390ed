/** An HTTP receiver as a sink: one POST for each batch, signed, with a key that is the same when it comes again. */

import type { OutboxBatch, Sink } from "./outbox.ts";

const TIMEOUT_MS = 10_000;
/** Of an answer that says no; it may be anything. */
const DETAIL_UNITS = 200;

export interface WebhookOptions {
  /** Name of the outbox. */
  readonly name: string;
  readonly url: string;
  /** HMAC-SHA256 of a text, in hex. Absent: requests are not signed. */
  readonly sign: ((text: string) => string) | undefined;
  readonly nowUs: () => number;
  readonly timeoutMs?: number;
}

/**
 * Body: `{outbox, journal, from, to, records: […]}`. Headers: `idempotency-key` (name, journal and records), `meltica-signature`
 * (`t=seconds,v1=hex` over `seconds.body`). Any 2xx takes the batch; all else is tried again, with the same key.
 */
export class WebhookSink implements Sink {
  #abort = new AbortController();

  constructor(readonly options: WebhookOptions) {}

  async deliver(batch: OutboxBatch): Promise<void> {
    const { name, url, sign, nowUs, timeoutMs = TIMEOUT_MS } = this.options;
    const { journal, from, to, lines } = batch;
    const head = `"outbox":${JSON.stringify(name)},"journal":${JSON.stringify(journal)}`;
    const body = `{${head},"from":${from},"to":${to},"records":[${lines.join(",")}]}`;
    const headers: Record<string, string> = {
      "content-type": "application/json",
      "idempotency-key": `${name}:${journal}:${from}-${to}`,
    };
    if (sign !== undefined) {
      const seconds = Math.floor(nowUs() / 1_000_000);
      headers["meltica-signature"] = `t=${seconds},v1=${sign(`${seconds}.${body}`)}`;
    }
    const signal = AbortSignal.any([this.#abort.signal, AbortSignal.timeout(timeoutMs)]);
    const answer = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal });
    if (answer.ok) {
      await answer.body?.cancel();
      return;
    }
    const text = await beginning(answer);
    throw new Error(`it answered ${answer.status}${text === "" ? "" : `: ${text}`}`);
  }

  close(): void {
    this.#abort.abort();
    this.#abort = new AbortController();
  }
}

/** As much of it as is told, however much would come. */
async function beginning({ body }: Response): Promise<string> {
  const reader = body?.getReader();
  const decoder = new TextDecoder();
  let text = "";
  while (reader !== undefined && text.length < DETAIL_UNITS) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value.subarray(0, 4 * DETAIL_UNITS), { stream: true });
  }
  await reader?.cancel();
  return text.slice(0, DETAIL_UNITS);
}
