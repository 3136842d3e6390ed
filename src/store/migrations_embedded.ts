/** All migrations, embedded. Written by `npm run migrations`; `test/store` checks that none is missing. */

import postgres0000Down from "../../drizzle/postgres/0000_beside_the_journal.down.sql" with { type: "text" };
import postgres0000Up from "../../drizzle/postgres/0000_beside_the_journal.sql" with { type: "text" };
import postgres0001Down from "../../drizzle/postgres/0001_history.down.sql" with { type: "text" };
import postgres0001Up from "../../drizzle/postgres/0001_history.sql" with { type: "text" };
import postgres0002Down from "../../drizzle/postgres/0002_filters.down.sql" with { type: "text" };
import postgres0002Up from "../../drizzle/postgres/0002_filters.sql" with { type: "text" };
import sqlite0000Down from "../../drizzle/sqlite/0000_beside_the_journal.down.sql" with { type: "text" };
import sqlite0000Up from "../../drizzle/sqlite/0000_beside_the_journal.sql" with { type: "text" };
import sqlite0001Down from "../../drizzle/sqlite/0001_history.down.sql" with { type: "text" };
import sqlite0001Up from "../../drizzle/sqlite/0001_history.sql" with { type: "text" };
import sqlite0002Down from "../../drizzle/sqlite/0002_filters.down.sql" with { type: "text" };
import sqlite0002Up from "../../drizzle/sqlite/0002_filters.sql" with { type: "text" };
import type { Migration } from "./migrations.ts";
import type { Dialect } from "./store.ts";

export const MIGRATIONS: Readonly<Record<Dialect, readonly Migration[]>> = Object.freeze({
  sqlite: [
    { name: "0000_beside_the_journal", up: sqlite0000Up, down: sqlite0000Down },
    { name: "0001_history", up: sqlite0001Up, down: sqlite0001Down },
    { name: "0002_filters", up: sqlite0002Up, down: sqlite0002Down },
  ],
  postgres: [
    { name: "0000_beside_the_journal", up: postgres0000Up, down: postgres0000Down },
    { name: "0001_history", up: postgres0001Up, down: postgres0001Down },
    { name: "0002_filters", up: postgres0002Up, down: postgres0002Down },
  ],
});
