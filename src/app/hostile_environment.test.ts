/** Variables of the environment that would weaken connections or print what goes over them: none of them reaches ours. */

import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeCertificate } from "./simulate_tls.ts";

const folder = mkdtempSync(join(tmpdir(), "meltica-environment-"));
const { cert, key, certFile } = makeCertificate(folder, []);
let requests = 0;
const venue = Bun.serve({
  port: 0,
  tls: { cert, key },
  fetch(request, server) {
    requests++;
    return server.upgrade(request) ? undefined : new Response("ok");
  },
  websocket: { message: () => undefined },
});
afterAll(async () => {
  await venue.stop(true);
  rmSync(folder, { recursive: true, force: true });
});

async function asked(
  variables: Readonly<Record<string, string>>,
): Promise<{ readonly out: string; readonly err: string }> {
  const program = join(import.meta.dir, "hostile_environment.testing.ts");
  const child = Bun.spawn([process.execPath, program, String(venue.port)], {
    env: { ...process.env, ...variables },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  await child.exited;
  return { out, err };
}

test("a certificate that nobody vouches for is refused, whatever NODE_TLS_REJECT_UNAUTHORIZED says", async () => {
  for (const variables of [{}, { NODE_TLS_REJECT_UNAUTHORIZED: "0" }]) {
    expect(JSON.parse((await asked(variables)).out)).toEqual({ status: 0, opened: false });
  }
  expect(requests).toBe(0);
});

test("requests are printed nowhere, whatever BUN_CONFIG_VERBOSE_FETCH says", async () => {
  for (const word of ["curl", "true"]) {
    const { out, err } = await asked({ BUN_CONFIG_VERBOSE_FETCH: word, NODE_EXTRA_CA_CERTS: certFile });
    expect(JSON.parse(out.split("\n").at(-2) as string)).toEqual({ status: 200, opened: true });
    expect(out + err).not.toMatch(/Canary/);
  }
});
