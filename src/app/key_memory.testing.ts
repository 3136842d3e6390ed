/** A program that opens keys and watches its log for them, as the gateway does: arguments are the folder and the apiKeys. */

import { createLog } from "../telemetry/log.ts";
import { defaultConfig } from "./config.ts";
import { eachSecret, openKey } from "./live_keys.ts";

const folder = process.argv[2] as string;
const config = { ...defaultConfig(folder), secrets: { file: `${folder}/secrets.json`, keyFile: `${folder}/kek` } };
const name = { env: "NAME" };
const refs = {
  file: { apiKey: name, secret: { file: `${folder}/secret` } },
  store: { apiKey: name, secret: { store: "canary" } },
  pem: { apiKey: name, privateKey: { file: `${folder}/key.pem` } },
};
const [paper] = Object.values(config.accounts);
const accounts = Object.fromEntries(
  Object.entries(refs).map(([id, keys]) => [id, { ...paper, mode: "live", ...keys }]),
);
const places = { ...config, accounts } as typeof config;
const log = createLog({ level: "info", write: () => undefined, linesMax: 10, nowMs: () => 0 });
const keys = Object.keys(refs).map((id) => {
  eachSecret(places, id, (secret) => log.secrets.add(secret), { NAME: "public-name" });
  return openKey(places, id, "trade", { NAME: "public-name" });
});
for (const { signer } of keys) log.logger.info({ signed: signer.sign("a=1", "base64") }, "signed");
process.stdout.write("ready\n");
setInterval(() => keys.length, 1_000);
