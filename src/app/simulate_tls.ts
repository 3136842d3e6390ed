/** A certificate of one's own for the simulator, made by `openssl` where it is installed. */

import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Code } from "../core/code.ts";
import { ProblemError, problem } from "../core/problem.ts";

export interface Certificate {
  readonly cert: string;
  readonly key: string;
  /** What clients trust: `NODE_EXTRA_CA_CERTS=<file>`. */
  readonly certFile: string;
}

const DAYS = "30";

/**
 * The one in the folder, or a new one there: self-signed, good for localhost, 127.0.0.1 and the hosts that are named.
 * Throws ProblemError `CertificateUnavailable`.
 */
export function makeCertificate(folder: string, hosts: readonly string[]): Certificate {
  const certFile = join(folder, "simulate.crt");
  const keyFile = join(folder, "simulate.key");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (!existsSync(certFile) || !existsSync(keyFile)) write(certFile, keyFile, hosts);
  return { cert: readFileSync(certFile, "utf8"), key: readFileSync(keyFile, "utf8"), certFile };
}

function write(certFile: string, keyFile: string, hosts: readonly string[]): void {
  const openssl = Bun.which("openssl");
  if (openssl === null) throw unavailable("openssl is not installed");
  const names = [...new Set(["localhost", "127.0.0.1", ...hosts])].map((host) =>
    /^[\d.]+$|:/.test(host) ? `IP:${host}` : `DNS:${host}`,
  );
  const request = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const subject = ["-days", DAYS, "-subj", "/CN=meltica simulate", "-addext", `subjectAltName=${names.join(",")}`];
  const made = Bun.spawnSync([openssl, ...request, ...subject, "-keyout", keyFile, "-out", certFile]);
  if (made.exitCode !== 0) throw unavailable(`openssl: ${made.stderr.toString().trim().split("\n").at(-1)}`);
}

function unavailable(detail: string): ProblemError {
  return new ProblemError(problem(Code.CertificateUnavailable, detail));
}
