/** Sinks of the outbox in a configuration: where durable records are handed to, each at least once and in order. */

import { type Stats, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { type Static, Type as t } from "@sinclair/typebox";
import { Code } from "../core/code.ts";
import { type Problem, problem } from "../core/problem.ts";
import { RecordKind } from "../model/record.ts";
import { type ConfigNode, pathText, positionAt } from "./config_node.ts";
import type { ConfigReader } from "./config_read.ts";
import { HIDDEN, mapped, reference, replaced, withoutHidden } from "./config_secrets.ts";

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

/** The tree without receivers that have a name and password in their address; each is noted, and quoted nowhere. */
export function withoutOutboxPasswords(root: ConfigNode, reader: ConfigReader): ConfigNode {
  const safe = (sink: ConfigNode, name: string) =>
    replaced(sink, "url", (url) => {
      if (url.kind !== "text" || !hasPassword(url.text)) return url;
      const detail = `${pathText(["outbox", name, "url"])} holds a name or password`;
      const hint =
        "take it out and change it; what is sent is signed with `secret: {file: PATH}`, {env: NAME} or {store: NAME}";
      reader.fail(Code.SecretInConfig, detail, url.at, hint);
      return HIDDEN;
    });
  return replaced(root, "outbox", (sinks) => mapped(sinks, (sink, name) => withoutHidden(safe(sink, name))));
}

/** Notes what the schema cannot see. `folder`: what files are relative to. */
export function checkOutbox(outbox: Outbox | undefined, root: ConfigNode, reader: ConfigReader, folder: string): void {
  const files = new Map<string, string>();
  for (const [name, { file, url, secret }] of Object.entries(outbox ?? {})) {
    const path = ["outbox", name];
    const fail = (field: string, detail: string, hint: string) => {
      const at = field === "" ? path : [...path, field];
      reader.fail(Code.OutboxConfig, `${pathText(at)} ${detail}`, positionAt(root, at, {}), hint);
    };
    const isHidden = reader.problems.some(({ detail }) => detail.startsWith(`${pathText([...path, "url"])} `));
    if (file !== undefined && url !== undefined) fail("", "has both a file and a url", "make two sinks of it");
    if (file === undefined && url === undefined && !isHidden) {
      fail("", "has neither a file nor a url", "`file: records.jsonl` or `url: https://…`");
    }
    const other = file === undefined ? undefined : files.get(resolve(folder, file));
    if (other !== undefined)
      fail("file", `is that of outbox.${other} too: each would pass over what the other wrote`, "a file of its own");
    if (file !== undefined) files.set(resolve(folder, file), name);
    if (file?.endsWith("/")) fail("file", "is a directory", "name the file in it, for example records.jsonl");
    if (secret !== undefined && url === undefined && !isHidden) {
      fail("secret", "signs nothing: lines of a file are not signed", "take it out, or give a url");
    }
    if (url !== undefined && !isReceiver(url)) fail("url", "is no address of a receiver", "https://host/path");
  }
}

/** What may be put right while the gateway runs, and must not keep it from starting. */
export function outboxWarnings({ outbox }: { readonly outbox: Outbox }, root: ConfigNode): Problem[] {
  const warnings: Problem[] = [];
  for (const [name, { file, url }] of Object.entries(outbox)) {
    const warn = (field: string, detail: string, hint: string) => {
      const path = ["outbox", name, field];
      warnings.push(problem(Code.OutboxConfig, `${pathText(path)}: ${detail}`, positionAt(root, path, {}), hint));
    };
    if (file !== undefined) {
      const folder = dirname(file);
      if (isFolder(file)) warn("file", `${file} is a directory`, "name the file in it, for example records.jsonl");
      else if (!isFolder(folder)) warn("file", `there is no directory ${folder} for us`, `mkdir -p ${folder}`);
    }
    const { protocol, hostname } = new URL(url ?? "https://absent");
    if (protocol === "http:" && !LOOPBACK.test(hostname)) {
      warn("url", "records of all orders pass in the clear", `https://${hostname}/…`);
    }
  }
  return warnings;
}

type Outbox = Static<typeof OutboxSection>;

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/;

function hasPassword(text: string): boolean {
  if (!URL.canParse(text)) return /\/\/.*@/.test(text);
  const { username, password } = new URL(text);
  return username + password !== "";
}

function isReceiver(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) && url.hostname !== "" && url.port !== "0";
}

/** undefined: it is not there, or not for us to see. */
export function lookAt(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function isFolder(path: string): boolean {
  return lookAt(path)?.isDirectory() === true;
}
