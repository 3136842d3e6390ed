/** Durable records a second through the real journal thread and disk, against one write and one sync for each record. */

import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Bench, PreparedBench } from "./bench.ts";
import { journalRig } from "./journal_rig.ts";

const OPS = 1 << 16;
const BASELINE_OPS = 16;
const RECORD_BYTES = 160;

const bench: Bench = {
  name: "journal.group_commit",
  unit: "events/s",
  baseline: "write and fdatasync for each record",
  allocationFree: false,
  async prepare(): Promise<PreparedBench> {
    const rig = await journalRig();
    const fd = openSync(join(rig.dir, "baseline"), "w");
    const record = new Uint8Array(RECORD_BYTES).fill(7);
    let written = 0;
    return {
      ops: OPS,
      run() {
        rig.append(OPS);
        rig.settle();
      },
      baselineOps: BASELINE_OPS,
      baselineRun() {
        for (let n = 0; n < BASELINE_OPS; n++) {
          written += writeSync(fd, record, 0, record.length, written);
          fdatasyncSync(fd);
        }
      },
      dispose() {
        closeSync(fd);
        rig.dispose();
      },
    };
  },
};

export default bench;
