/** From the append of one record until its durability is seen, through the thread; against a sync in the same thread. */

import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Bench, PreparedBench } from "./bench.ts";
import { journalRig } from "./journal_rig.ts";

const OPS = 64;
const SINGLES = 4_000;
const PAGE_BYTES = 4_096;
const PAGES = 256;

const bench: Bench = {
  name: "journal.intent_durable",
  unit: "us",
  baseline: "write and fdatasync of a page in one thread",
  allocationFree: false,
  async prepare(): Promise<PreparedBench> {
    const rig = await journalRig();
    const fd = openSync(join(rig.dir, "baseline"), "w");
    const page = new Uint8Array(PAGE_BYTES).fill(7);
    for (let n = 0; n < PAGES; n++) writeSync(fd, page, 0, PAGE_BYTES, n * PAGE_BYTES);
    let written = 0;
    const single = () => {
      rig.append(1);
      rig.settle();
    };
    return {
      ops: OPS,
      run() {
        for (let n = 0; n < OPS; n++) single();
      },
      baselineOps: OPS,
      baselineRun() {
        for (let n = 0; n < OPS; n++) {
          writeSync(fd, page, 0, PAGE_BYTES, (written++ % PAGES) * PAGE_BYTES);
          fdatasyncSync(fd);
        }
      },
      single,
      singles: SINGLES,
      dispose() {
        closeSync(fd);
        rig.dispose();
      },
    };
  },
};

export default bench;
