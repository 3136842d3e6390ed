/** A process that holds the write lock of an SQLite file until it is killed: `bun lock_child.testing.ts FILE`. */

import { Database } from "bun:sqlite";

const database = new Database(process.argv[2] ?? "");
database.run("pragma busy_timeout = 10000");
database.run("begin immediate");
process.stdout.write("locked\n");
setInterval(() => database.query("select 1").get(), 1_000);
