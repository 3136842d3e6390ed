/** Where the real captures are, and whether they are there: tests that need them skip with this reason. */

import { existsSync } from "node:fs";
import { join } from "node:path";

const ROOT = process.env["MELTICA_FIXTURES"] ?? join(import.meta.dir, "../../../shared/fixtures");

export const fixturesPresent = existsSync(join(ROOT, "marketdata/expected.json"));
/** For the name of a test that is skipped without them. */
export const FIXTURES_REASON = "needs ../shared/fixtures or MELTICA_FIXTURES";

export function fixture(path: string): string {
  return join(ROOT, path);
}
