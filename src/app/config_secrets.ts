/** References to secrets in a configuration: a file, a variable or the store; the secret itself never stands there. */

import { type Static, Type as t } from "@sinclair/typebox";
import { Code } from "../core/code.ts";
import { type ConfigNode, entryOf, pathText } from "./config_node.ts";
import type { ConfigReader, Path } from "./config_read.ts";

const closed = { additionalProperties: false };

export function reference(description: string) {
  return t.Object(
    {
      file: t.Optional(
        t.String({ minLength: 1, maxLength: 4_096, description: "a file that its owner alone can read" }),
      ),
      env: t.Optional(t.String({ pattern: "^[A-Za-z_][A-Za-z0-9_]{0,127}$", description: "an environment variable" })),
      store: t.Optional(
        t.String({ pattern: "^[a-z0-9][a-z0-9._-]{0,63}$", description: "a name in the encrypted store" }),
      ),
    },
    { ...closed, description },
  );
}

/** The parts of a key at a venue. */
const KEY_PARTS = {
  apiKey: t.Optional(reference("the key's public name at the venue")),
  secret: t.Optional(reference("the key's secret, for HMAC")),
  privateKey: t.Optional(reference("an Ed25519 private key as PEM, instead of a secret")),
  passphrase: t.Optional(reference("the key's passphrase, where the venue has one")),
};

export const KEY_FIELDS = {
  ...KEY_PARTS,
  watchdog: t.Optional(
    t.Object(KEY_PARTS, { ...closed, description: "a key of its own for the watchdog process; else the account's" }),
  ),
};

export type SecretRef = Static<ReturnType<typeof reference>>;
export type KeyRefs = { readonly [Part in keyof typeof KEY_PARTS]?: SecretRef };
export const KEY_PART_NAMES = Object.keys(KEY_PARTS) as (keyof KeyRefs)[];

export const SecretsSection = t.Object(
  {
    file: t.Optional(
      t.String({ minLength: 1, maxLength: 4_096, description: "the encrypted store; else secrets.json in dataDir" }),
    ),
    keyFile: t.Optional(
      t.String({
        minLength: 1,
        maxLength: 4_096,
        description: "key of the store; else meltica-key among systemd's credentials",
      }),
    ),
  },
  { ...closed, default: {}, description: "the encrypted store of secrets" },
);

const HINT = "write {file: PATH}, {env: NAME} or {store: NAME}; and change it where it is used if this one was real";
/** In the place of a secret: it is quoted nowhere. */
export const HIDDEN: ConfigNode = { kind: "null", at: { file: "hidden" } };

/**
 * Notes every secret that stands in the configuration itself, and answers the tree without them: what is in this tree may
 * be quoted in messages.
 */
export function withoutLiterals(root: ConfigNode, reader: ConfigReader): ConfigNode {
  const known = replaced(root, "outbox", (sinks) =>
    mapped(sinks, (sink, key) => withoutParts(sink, ["outbox", key], reader)),
  );
  return replaced(known, "accounts", (accounts) =>
    mapped(accounts, (account, key) => withoutParts(account, ["accounts", key], reader)),
  );
}

export function mapped(node: ConfigNode, change: (value: ConfigNode, key: string) => ConfigNode): ConfigNode {
  if (node.kind !== "map") return node;
  return { ...node, entries: node.entries.map((entry) => ({ ...entry, value: change(entry.value, entry.key) })) };
}

function withoutParts(node: ConfigNode, path: Path, reader: ConfigReader): ConfigNode {
  let result = replaced(node, "watchdog", (watchdog) => withoutParts(watchdog, [...path, "watchdog"], reader));
  for (const name of KEY_PART_NAMES) result = withoutLiteral(result, path, name, reader);
  return result;
}

/** The node without `name` where that is a value and no reference to one. */
export function withoutLiteral(node: ConfigNode, path: Path, name: string, reader: ConfigReader): ConfigNode {
  const result = replaced(node, name, (value) => {
    const scalars = value.kind === "map" ? value.entries.filter((entry) => !isReference(entry.key)) : [];
    if (value.kind === "map" && scalars.length === 0) return value;
    const detail = `${pathText([...path, name])} holds a value: secrets do not stand in the configuration`;
    reader.fail(Code.SecretInConfig, detail, value.at, HINT);
    return HIDDEN;
  });
  return withoutHidden(result);
}

export function withoutHidden(node: ConfigNode): ConfigNode {
  return node.kind === "map" ? { ...node, entries: node.entries.filter(({ value }) => value !== HIDDEN) } : node;
}

/** A mapping of other words may be a secret that was pasted with a colon in it: not quoted either. */
function isReference(key: string): boolean {
  return key === "file" || key === "env" || key === "store";
}

/** The node with another value of `key`, when it has one; `HIDDEN` takes it out. */
export function replaced(node: ConfigNode, key: string, change: (value: ConfigNode) => ConfigNode): ConfigNode {
  if (node.kind !== "map" || entryOf(node, key) === undefined) return node;
  const entries = node.entries.map((entry) => (entry.key === key ? { ...entry, value: change(entry.value) } : entry));
  return { ...node, entries };
}
