/** A process that projects a journal into a store and is killed at it: `bun projector_child.testing.ts DIR RECORD`. */

import { follow, projectorOf, sqlite } from "./projector.testing.ts";

const [dir = "", record = "0"] = process.argv.slice(2);
const store = sqlite(dir, 2_000);
const projector = projectorOf(store, dir, { batchRecords: 20 });
process.stdout.write("ready\n");
await follow(projector, Number.parseInt(record, 10));
await store.close();
