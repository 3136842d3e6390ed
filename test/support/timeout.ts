/** Preloaded by every test run: a minute for each test, since a busy machine is no failed test. */

import { setDefaultTimeout } from "bun:test";

setDefaultTimeout(60_000);
