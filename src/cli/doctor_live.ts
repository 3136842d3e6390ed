/** Live accounts for `doctor`: what the running gateway found out about each, or whether its keys can be read at all. */

import type { Config } from "../app/config_schema.ts";
import { openKey } from "../app/live_keys.ts";
import type { AccountView } from "../control/views.ts";
import { Code, codeName } from "../core/code.ts";
import { CODE_TEXTS } from "../core/code_texts.ts";
import { ProblemError } from "../core/problem.ts";
import type { Check } from "./doctor_check.ts";
import { connect } from "./gateway_client.ts";

/** Short: who asks a doctor has other questions, too. */
const TIMEOUT_MS = 2_000;
const VERDICTS = { ok: "ok", waiting: "warn", failed: "fail" } as const;

/** One check for each live account. The gateway's word comes first: it asked the venue, and has its own environment. */
export async function liveChecks(config: Config | undefined, dataDir: string): Promise<Check[]> {
  const names = Object.entries(config?.accounts ?? {}).flatMap(([name, { mode }]) => (mode === "live" ? [name] : []));
  if (config === undefined || names.length === 0) return [];
  const told = await askGateway(dataDir);
  return names.map((name) => {
    const account = told.find((row) => row.name === name);
    return account?.live ? verdictOf(account, account.live) : keyVerdict(config, name);
  });
}

/** Nothing when none runs, or it does not answer. */
async function askGateway(dataDir: string): Promise<readonly AccountView[]> {
  try {
    const { items } = await connect(dataDir).call<{ items: AccountView[] }>("accounts", { timeoutMs: TIMEOUT_MS });
    return items;
  } catch (error) {
    if (error instanceof ProblemError) return []; // Whether one runs is a check of its own.
    throw error;
  }
}

/** The worst of what it was checked for; then whether somebody has armed it. */
function verdictOf({ name, armed }: AccountView, { checks }: NonNullable<AccountView["live"]>): Check {
  const title = `account ${name}`;
  const failed = checks.filter(({ verdict }) => verdict === "failed");
  const worst = failed.length > 0 ? failed : checks.filter(({ verdict }) => verdict !== "ok");
  const [first] = worst;
  if (first !== undefined) {
    const detail = worst.map((check) => `${check.name}: ${check.detail}`).join("; ");
    const verdict = VERDICTS[first.verdict as keyof typeof VERDICTS] ?? "fail";
    return { name: title, verdict, detail, cure: first.hint, code: first.code };
  }
  const told = checks.find(({ code }) => code !== "");
  if (armed && told !== undefined) {
    const { detail, hint: cure, code } = told;
    return { name: title, verdict: "warn", detail: `armed; ${told.name}: ${detail}`, cure, code };
  }
  const passed = checks.map((check) => check.name).join(", ");
  if (armed) return { name: title, verdict: "ok", detail: `armed; passed: ${passed}`, cure: "" };
  const cure = `meltica risk arm --account ${name}`;
  return { name: title, verdict: "warn", detail: `not armed; passed: ${passed}`, cure, code: "NotArmed" };
}

function keyVerdict(config: Config, name: string): Check {
  const title = `account ${name}`;
  try {
    openKey(config, name);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const { code, detail, hint } = error.problem;
    return { name: title, verdict: "fail", detail, cure: hint, code };
  }
  if (config.live)
    return { name: title, verdict: "ok", detail: "its key can be read; a gateway asks the rest", cure: "" };
  const { meaning, hint } = CODE_TEXTS[Code.LiveNotAllowed];
  return { name: title, verdict: "warn", detail: meaning, cure: hint, code: codeName(Code.LiveNotAllowed) };
}
