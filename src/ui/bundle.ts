/** Read at build time (a Bun macro): the page's script and style, bundled and minified by Bun's own command. */

import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface PageBundle {
  readonly html: string;
  readonly js: string;
  readonly css: string;
  readonly icon: string;
}

/** `Bun.build` must not be called inside a macro, so the command line bundles: it is the same program. */
export function bundlePage(): PageBundle {
  const production = ["--define", 'process.env.NODE_ENV="production"'];
  return {
    html: readFileSync(join(import.meta.dir, "page.html"), "utf8"),
    js: bundle("client.tsx", "--format=esm", "--target=browser", ...production),
    css: bundle("page.css"),
    icon: readFileSync(join(import.meta.dir, "icon.svg"), "utf8"),
  };
}

function bundle(entry: string, ...options: readonly string[]): string {
  const command = [process.execPath, "build", join(import.meta.dir, entry), "--minify", ...options];
  const { exitCode, stdout, stderr } = Bun.spawnSync(command, { cwd: join(import.meta.dir, "../..") });
  const text = stdout.toString();
  if (exitCode !== 0 || text === "") throw new Error(`the page was not bundled: ${stderr.toString()}`);
  return text;
}
