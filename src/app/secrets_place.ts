/** Where the encrypted store of secrets lies, and which key opens it: as configured, else in the data directory. */

import { join } from "node:path";
import { Code } from "../core/code.ts";
import { ProblemError, problem } from "../core/problem.ts";
import { readKeyFile, SecretStore } from "../secrets/secret_store.ts";
import type { Config } from "./config_schema.ts";

export interface SecretsPlace {
  readonly file: string;
  /** undefined: neither configured nor among systemd's credentials. */
  readonly keyFile: string | undefined;
}

type Env = Readonly<Record<string, string | undefined>>;

const STORE_FILE = "secrets.json";
/** Name of the credential that systemd hands in: `LoadCredentialEncrypted=meltica-key:…`. */
const CREDENTIAL = "meltica-key";

export function secretsPlace(config: Pick<Config, "secrets" | "dataDir">, env: Env): SecretsPlace {
  const { file = join(config.dataDir, STORE_FILE), keyFile } = config.secrets;
  const credentials = env["CREDENTIALS_DIRECTORY"];
  return { file, keyFile: keyFile ?? (credentials === undefined ? undefined : join(credentials, CREDENTIAL)) };
}

/** Throws ProblemError SecretMissing when no key is known or its file is missing; SecretExposed when others can read it. */
export function openStore({ file, keyFile }: SecretsPlace): SecretStore {
  if (keyFile !== undefined) return new SecretStore(file, readKeyFile(keyFile));
  const hint = `give \`secrets: {keyFile: …}\`, or ${CREDENTIAL} as a systemd credential`;
  throw new ProblemError(problem(Code.SecretMissing, "the store has no key", {}, hint));
}
