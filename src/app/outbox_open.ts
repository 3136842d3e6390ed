/** The configured sinks of the outbox, opened: files and receivers, with their secrets read where they are needed. */

import { Code } from "../core/code.ts";
import { ProblemError, problem } from "../core/problem.ts";
import { HmacSigner } from "../secrets/request_signer.ts";
import type { OutboxConfig } from "./config_outbox.ts";
import type { Config } from "./config_schema.ts";
import { readSecret } from "./live_keys.ts";
import { Outbox, type OutboxOptions, type Sink } from "./outbox.ts";
import { FileSink } from "./outbox_file.ts";
import { WebhookSink } from "./outbox_webhook.ts";

export interface OutboxPlace extends Omit<OutboxOptions, "name" | "sink" | "kinds"> {
  readonly nowUs: () => number;
}

/** A sink that cannot be opened is told and left out; the others go on. */
export function openOutboxes(config: Config, place: OutboxPlace): Outbox[] {
  const outboxes: Outbox[] = [];
  for (const [name, sink] of Object.entries(config.outbox)) {
    try {
      outboxes.push(new Outbox({ ...place, name, kinds: sink.kinds, sink: openSink(config, name, sink, place) }));
    } catch (error) {
      const detail = error instanceof ProblemError ? error.problem.detail : String(error);
      place.onProblem(problem(Code.OutboxConfig, `${name}: ${detail}`));
    }
  }
  return outboxes;
}

function openSink(config: Config, name: string, { file, url, secret }: OutboxConfig, place: OutboxPlace): Sink {
  if ((file === undefined) === (url === undefined)) {
    throw new ProblemError(problem(Code.OutboxConfig, "`file` or `url`, one of them"));
  }
  if (file !== undefined) return new FileSink(file);
  if (secret === undefined) return new WebhookSink({ name, url: url as string, sign: undefined, nowUs: place.nowUs });
  const material = readSecret(config, secret);
  try {
    const signer = new HmacSigner(material);
    const sign = (text: string) => signer.sign(text, "hex");
    return new WebhookSink({ name, url: url as string, sign, nowUs: place.nowUs });
  } finally {
    material.wipe();
  }
}

/** Gives the secrets of all sinks to `take`, as bytes that it must not keep: for the log. Nothing of what cannot be read. */
export function outboxSecrets(config: Config, take: (secret: Uint8Array) => void): void {
  for (const { secret } of Object.values(config.outbox)) {
    if (secret === undefined) continue;
    try {
      const material = readSecret(config, secret);
      take(material.bytes());
      material.wipe();
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error; // The sink says what is wrong with it.
    }
  }
}
