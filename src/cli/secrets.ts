/** `meltica secrets`: the encrypted store of keys that a configuration names by `{store: NAME}`. Values go in, never out. */

import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { type LoadedConfig, loadConfig } from "../app/config.ts";
import { KEY_PART_NAMES } from "../app/config_secrets.ts";
import { openStore, type SecretsPlace, secretsPlace } from "../app/secrets_place.ts";
import { Code } from "../core/code.ts";
import { nearestHint } from "../core/nearest.ts";
import { ProblemError, problem } from "../core/problem.ts";
import { KeyMaterial } from "../secrets/key_material.ts";
import { readSecretFile } from "../secrets/secret_file.ts";
import { makeKeyFile, readKeyFile } from "../secrets/secret_store.ts";
import { type Arguments, type Definitions, usage } from "./arguments.ts";
import { reportConfig } from "./config_report.ts";
import { Exit } from "./exit.ts";
import { readHidden } from "./hidden_input.ts";
import { table } from "./output.ts";
import { type Call, sayNext, type Verb, type VerbGroup } from "./verb.ts";

const PLACE: Definitions = {
  config: { type: "string", valueHint: "FILE", description: "Configuration; else meltica.yaml, .json or .toml here" },
  "key-file": { type: "string", valueHint: "FILE", description: "Key of the store; else as configured" },
};
const NAME: Definitions = { name: { type: "positional", description: "Name in the store, e.g. binance-main-secret" } };

export const verb: VerbGroup = {
  name: "secrets",
  description: "Put keys into the encrypted store, list and remove them",
  actions: [
    action("init", "Make the key of the store, in a file that its owner alone can read", {}, init),
    action(
      "set",
      "Put a secret in: from standard input or typed unseen, from a file or a variable; never as an argument",
      {
        ...NAME,
        file: { type: "string", valueHint: "FILE", description: "From this file, which its owner alone can read" },
        env: { type: "string", valueHint: "VARIABLE", description: "From this environment variable" },
      },
      set,
    ),
    action("list", "List the names in the store and what uses them; never the secrets", {}, list),
    action("remove", "Remove a secret", NAME, remove),
    action(
      "rekey",
      "Seal everything anew by another key; the file of the old key may be removed afterwards",
      { to: { type: "string", valueHint: "FILE", description: "File of the new key; made when it is not there" } },
      rekey,
    ),
  ],
  defaultAction: "list",
  examples: [
    "meltica secrets init",
    "meltica secrets set binance-main-secret",
    "meltica secrets set binance-main-key --env BINANCE_KEY",
    "meltica secrets list --json",
  ],
};

interface Opened {
  readonly place: SecretsPlace;
  readonly loaded: LoadedConfig;
}

type Act = (call: Call, opened: Opened) => Exit;

function action(name: string, description: string, own: Definitions, act: Act): Verb {
  const words = Object.hasOwn(own, "name") ? `${name} binance-main-secret` : name;
  return {
    name,
    description,
    definitions: { ...own, ...PLACE },
    examples: [`meltica secrets ${words}${name === "rekey" ? " --to new.key" : ""}`],
    run(call) {
      const loaded = load(call.given);
      if (loaded.config === undefined) return reportConfig(call, loaded);
      const place = secretsPlace(loaded.config, process.env);
      return act(call, { place: { ...place, keyFile: call.given.text("key-file") ?? place.keyFile }, loaded });
    },
  };
}

function load(given: Arguments): LoadedConfig {
  return loadConfig({ file: given.text("config"), flags: [], env: process.env, cwd: process.cwd() });
}

function init(call: Call, { place }: Opened): Exit {
  const { keyFile } = place;
  if (keyFile === undefined) throw usage("no file for the key is configured", "give --key-file, or secrets.keyFile");
  makeKey(keyFile);
  say(call, { keyFile, store: place.file }, `the key of ${place.file} is ${keyFile}: keep a copy apart from the store`);
  sayNext(call, "meltica secrets set NAME");
  return Exit.Ok;
}

function set(call: Call, { place }: Opened): Exit {
  const name = nameOf(call.given);
  const store = openStore(place);
  const secret = secretOf(call, name);
  const replaced = store.names().includes(name);
  try {
    mkdirSync(dirname(place.file), { recursive: true, mode: 0o700 });
    store.put(name, secret);
  } finally {
    secret.wipe();
  }
  say(call, { name, replaced }, `${name} is ${replaced ? "replaced" : "stored"}`);
  sayNext(call, "meltica secrets list");
  return Exit.Ok;
}

function list(call: Call, { place, loaded }: Opened): Exit {
  const uses = usesOf(loaded);
  const stored = openStore(place).names();
  const missing = [...uses.keys()].filter((name) => !stored.includes(name)).sort();
  const items = [...stored, ...missing].map((name) => ({
    name,
    stored: stored.includes(name),
    usedBy: uses.get(name) ?? [],
  }));
  if (call.json) call.terminal.out(`${JSON.stringify({ store: place.file, items })}\n`);
  else {
    const rows = items.map((item) => [item.name, item.stored ? "yes" : "missing", item.usedBy.join(", ") || "-"]);
    call.terminal.out(table(call.terminal, ["name", "stored", "used by"], rows));
  }
  sayNext(call, missing[0] === undefined ? "meltica doctor" : `meltica secrets set ${missing[0]}`);
  return Exit.Ok;
}

function remove(call: Call, { place, loaded }: Opened): Exit {
  const name = nameOf(call.given);
  const store = openStore(place);
  if (!store.remove(name)) {
    const hint = nearestHint(name, store.names());
    throw new ProblemError(problem(Code.NotFound, `there is no secret ${name} in ${place.file}`, {}, hint));
  }
  const usedBy = usesOf(loaded).get(name) ?? [];
  const still = usedBy.length === 0 ? "" : `; ${usedBy.join(", ")} still names it`;
  say(call, { name, removed: true, usedBy }, `${name} is removed${still}`);
  return Exit.Ok;
}

function rekey(call: Call, { place }: Opened): Exit {
  const to = call.given.text("to");
  if (to === undefined) throw usage("--to is missing: which key?", "--to new.key");
  const store = openStore(place);
  const next = newKey(to);
  const { length } = store.rekey(next).names();
  say(call, { keyFile: to, secrets: length }, `${length} secrets are sealed by ${to}: configure it as secrets.keyFile`);
  return Exit.Ok;
}

function newKey(path: string): KeyMaterial {
  try {
    return readKeyFile(path);
  } catch (error) {
    if (!(error instanceof ProblemError) || !error.problem.detail.endsWith("ENOENT")) throw error;
    return makeKey(path);
  }
}

function makeKey(path: string): KeyMaterial {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    return makeKeyFile(path);
  } catch (error) {
    const code = (error as { code?: string }).code;
    if (code === undefined) throw error;
    const hint = code === "EEXIST" ? "a key is never overwritten: `meltica secrets rekey --to FILE`" : undefined;
    throw new ProblemError(problem(Code.DataDirUnwritable, `${path}: ${code}`, { file: path }, hint));
  }
}

function nameOf(given: Arguments): string {
  return given.positionals[0] as string;
}

function secretOf(call: Call, name: string): KeyMaterial {
  const file = call.given.text("file");
  const env = call.given.text("env");
  if (file !== undefined && env !== undefined) throw usage("--file and --env are two places", "give one of them");
  if (file !== undefined) return readSecretFile(file);
  if (env === undefined) return readHidden(`${name} (not shown): `, (text) => call.terminal.err(text));
  const text = process.env[env] ?? "";
  if (text === "") throw new ProblemError(problem(Code.SecretMissing, `variable ${env} is not set`));
  return KeyMaterial.ofText(text);
}

/** Which parts of which accounts name a secret of the store. */
function usesOf({ config }: LoadedConfig): Map<string, string[]> {
  const uses = new Map<string, string[]>();
  for (const [account, refs] of Object.entries(config?.accounts ?? {})) {
    for (const part of KEY_PART_NAMES) {
      note(refs[part]?.store, `accounts.${account}.${part}`);
      note(refs.watchdog?.[part]?.store, `accounts.${account}.watchdog.${part}`);
    }
  }
  note(config?.database.password?.store, "database.password");
  return uses;

  function note(name: string | undefined, path: string): void {
    if (name !== undefined) uses.set(name, [...(uses.get(name) ?? []), path]);
  }
}

function say(call: Call, json: object, text: string): void {
  if (call.json) call.terminal.out(`${JSON.stringify(json)}\n`);
  else if (!call.quiet) call.terminal.out(`${text}\n`);
}
