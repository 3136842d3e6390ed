/** Both shows, one after the other: a gateway of paper with orders at four venues, and the executable that trades live. */

import { showLive } from "./live.ts";
import { show } from "./watchdog.ts";

const codes = [await show(), await showLive()];
process.exitCode = Math.max(...codes);
