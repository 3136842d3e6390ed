/** Projects batch after batch into an SQLite file until it is killed: argument 1 is the file. */

import { batchOf } from "./crash_batches.testing.ts";
import { SqliteStore } from "./sqlite_store.ts";

const store = new SqliteStore({ file: process.argv[2] as string, busyTimeoutMs: 5_000 });
await store.prepare(1);
process.stdout.write("ready\n");
for (;;) await store.apply(batchOf((await store.cursor("projection")) + 1));
