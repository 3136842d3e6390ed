/** `meltica secrets`: the encrypted store of keys. What it holds goes in by a pipe or unseen at a terminal, and never comes out. */

import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { loadConfig } from "../app/config.ts";
import { KEY_FILE_HINT, storePlaces } from "../app/live_keys.ts";
import { Code } from "../core/code.ts";
import { ProblemError, problem } from "../core/problem.ts";
import { KeyMaterial, SECRET_BYTES_MAX } from "../secrets/key_material.ts";
import { makeKeyFile, readKeyFile, SecretStore } from "../secrets/secret_store.ts";
import { type Arguments, usage } from "./arguments.ts";
import { CONFIG_DEFINITIONS, configFlags } from "./config_report.ts";
import { Exit } from "./exit.ts";
import { type Call, type Definitions, sayNext, type VerbGroup } from "./verb.ts";

const { config, "data-dir": dataDir } = CONFIG_DEFINITIONS;
const PLACES = { config, "data-dir": dataDir } as Definitions;
const NAMED: Definitions = { name: { type: "positional", description: "Name in the store" }, ...PLACES };

export const verb: VerbGroup = {
  name: "secrets",
  description: "Keep keys of accounts in an encrypted file: make its key, set, list, remove",
  actions: [
    {
      name: "init",
      description: "Make the store's own key, in the file that the configuration names",
      definitions: PLACES,
      examples: ["meltica secrets init"],
      run: init,
    },
    {
      name: "set",
      description: "Put a secret in: from a pipe, or typed unseen; one of that name is replaced",
      definitions: NAMED,
      examples: ["meltica secrets set desk-secret", "meltica secrets set desk-pem < key.pem"],
      run: set,
    },
    {
      name: "list",
      description: "Names in the store",
      definitions: PLACES,
      examples: ["meltica secrets list"],
      run: list,
    },
    {
      name: "remove",
      description: "Take a secret out",
      definitions: NAMED,
      examples: ["meltica secrets remove desk-secret"],
      run: remove,
    },
  ],
  defaultAction: "list",
  examples: ["meltica secrets init", "meltica secrets set desk-secret", "meltica secrets list"],
};

function places(given: Arguments): ReturnType<typeof storePlaces> {
  const loaded = loadConfig({
    file: given.text("config"),
    flags: configFlags(given),
    env: process.env,
    cwd: process.cwd(),
  });
  const [first] = loaded.problems;
  if (loaded.config === undefined) throw new ProblemError(first as NonNullable<typeof first>);
  return storePlaces(loaded.config);
}

function open(given: Arguments): SecretStore {
  const { file, keyFile } = places(given);
  if (keyFile === undefined) throw new ProblemError(problem(Code.SecretMissing, "no key is named", {}, KEY_FILE_HINT));
  return new SecretStore(file, readKeyFile(keyFile));
}

function init(call: Call): Exit {
  const { keyFile } = places(call.given);
  if (keyFile === undefined) throw new ProblemError(problem(Code.SecretMissing, "no key is named", {}, KEY_FILE_HINT));
  if (existsSync(keyFile)) {
    const hint = "what was sealed by it could not be opened by another: take it away yourself";
    throw new ProblemError(problem(Code.Conflict, `${keyFile} is there already`, { file: keyFile }, hint));
  }
  mkdirSync(dirname(keyFile), { recursive: true, mode: 0o700 });
  makeKeyFile(keyFile).wipe();
  say(call, { keyFile }, `made ${keyFile}: keep a copy of it where the store is not`);
  sayNext(call, "meltica secrets set NAME");
  return Exit.Ok;
}

async function set(call: Call): Promise<Exit> {
  const store = open(call.given);
  const name = call.given.positionals[0] as string;
  mkdirSync(dirname(store.path), { recursive: true, mode: 0o700 });
  const secret = process.stdin.isTTY === true ? await typed(name) : await piped();
  store.put(name, secret);
  secret.wipe();
  say(call, { name, file: store.path }, `${name} is in ${store.path}`);
  sayNext(call, `{store: ${name}} in the configuration`);
  return Exit.Ok;
}

function list(call: Call): Exit {
  const names = open(call.given).names();
  say(call, { names }, names.join("\n"));
  return Exit.Ok;
}

function remove(call: Call): Exit {
  const name = call.given.positionals[0] as string;
  const store = open(call.given);
  if (!store.remove(name)) throw new ProblemError(problem(Code.SecretMissing, `no secret ${name} in ${store.path}`));
  say(call, { name, file: store.path }, `${name} is gone from ${store.path}`);
  return Exit.Ok;
}

function say({ terminal, json }: Call, result: object, words: string): void {
  if (json) terminal.out(`${JSON.stringify(result)}\n`);
  else if (words !== "") terminal.out(`${words}\n`);
}

/** Without the line ends at its end. */
async function piped(): Promise<KeyMaterial> {
  const bytes = Buffer.from(await Bun.stdin.arrayBuffer());
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1] === 10 || bytes[end - 1] === 13)) end--;
  if (end === 0 || end > SECRET_BYTES_MAX) {
    throw usage(
      end === 0 ? "the secret is empty" : `it is longer than ${SECRET_BYTES_MAX} bytes`,
      "one secret in a pipe",
    );
  }
  return new KeyMaterial(bytes.subarray(0, end));
}

/** What is typed is not shown; ^C leaves everything as it was. */
async function typed(name: string): Promise<KeyMaterial> {
  process.stderr.write(`${name} (not shown): `);
  process.stdin.setRawMode(true);
  try {
    let text = "";
    for await (const chunk of process.stdin) {
      for (const letter of String(chunk)) {
        if (letter === "\u0003") throw usage("nothing was set", "type the secret, then Enter");
        if (letter === "\r" || letter === "\n") return ofText(text);
        text = letter === "\u007f" ? text.slice(0, -1) : text + letter;
      }
    }
    return ofText(text);
  } finally {
    process.stdin.setRawMode(false);
    process.stdin.pause();
    process.stderr.write("\n");
  }
}

function ofText(text: string): KeyMaterial {
  if (text === "") throw usage("the secret is empty", "type it, then Enter");
  return KeyMaterial.ofText(text);
}
