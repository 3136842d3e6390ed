/** Sinks of the outbox in a configuration: where durable records are handed to, each at least once and in order. */

import { resolve } from "node:path";
import { type Static, Type as t } from "@sinclair/typebox";
import { RecordKind } from "../model/record.ts";
import { reference } from "./config_secrets.ts";

const closed = { additionalProperties: false };
const KIND_NAMES = Object.values(RecordKind).filter((name): name is string => typeof name === "string");

const OutboxSink = t.Object(
  {
    file: t.Optional(
      t.String({ minLength: 1, maxLength: 4_096, description: "a file that JSON lines are appended to, or…" }),
    ),
    url: t.Optional(
      t.String({
        pattern: "^https?://[^\\s]{1,500}$",
        description: "…an HTTP receiver that gets batches of records by POST",
      }),
    ),
    secret: t.Optional(reference("signs what is sent to `url`: HMAC-SHA256, in the header meltica-signature")),
    kinds: t.Array(t.String({ enum: KIND_NAMES, description: "kind of record" }), {
      maxItems: 64,
      default: [],
      description: "only these kinds of records, e.g. OrderFilled; none: all",
    }),
  },
  { ...closed, description: "a sink: `file` or `url`" },
);
export type OutboxConfig = Static<typeof OutboxSink>;

export const OutboxSection = t.Record(t.String({ pattern: "^[a-z0-9][a-z0-9-]{0,63}$" }), OutboxSink, {
  default: {},
  description: "who gets the journal's records, by name; the name is the cursor",
});

/** Files are relative to the configuration that names them, wherever it is started from. */
export function outboxPlaced(outbox: Static<typeof OutboxSection>, folder: string): Static<typeof OutboxSection> {
  const placed = ({ file, secret, ...sink }: OutboxConfig): OutboxConfig => {
    const key = secret?.file === undefined ? secret : { file: resolve(folder, secret.file) };
    return {
      ...sink,
      ...(file === undefined ? {} : { file: resolve(folder, file) }),
      ...(key === undefined ? {} : { secret: key }),
    };
  };
  return Object.fromEntries(Object.entries(outbox).map(([name, sink]) => [name, placed(sink)]));
}
