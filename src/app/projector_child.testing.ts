/** A process that projects a journal into a store and is killed at it: `bun projector_child.testing.ts DIR RECORD [POSTGRES]`. */

import type { PostgresPlace } from "../store/postgres_place.ts";
import { PostgresStore } from "../store/postgres_store.ts";
import { projectorOf, sqlite } from "./projector.testing.ts";

const [dir = "", record = "0", postgres] = process.argv.slice(2);
const place = postgres === undefined ? undefined : (JSON.parse(postgres) as PostgresPlace & { password?: string });
const store = place === undefined ? sqlite(dir, 2_000) : new PostgresStore(place, () => place.password);
const projector = projectorOf(store, dir, { batchRecords: 20 });
const until = Number.parseInt(record, 10);
process.stdout.write("begun\n");
// A line for each batch that is committed: whoever kills it knows how far it is.
for (let batches = 0; projector.figures.record < until; ) {
  const waitMs = await projector.step(until);
  if (projector.batches > batches) process.stdout.write("batch\n");
  batches = projector.batches;
  if (projector.figures.record < until && waitMs > 0) await Bun.sleep(waitMs);
}
await store.close();
