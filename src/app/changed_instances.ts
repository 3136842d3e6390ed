/** How an instance that was started before differs from what the configuration says of it now: a start changes none. */

import type { InstanceConfig } from "./config_schema.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Each as `name is A, the configuration says B`. `definition`: JSON, as it was started. */
export function instanceChanges(definition: string, config: InstanceConfig): string[] {
  const [before, after] = [flat(JSON.parse(definition)), flat(config)];
  const names = [...new Set([...before.keys(), ...after.keys()])];
  return names
    .filter((name) => before.get(name) !== after.get(name))
    .map(
      (name) => `${name} is ${before.get(name) ?? "not given"}, the configuration says ${after.get(name) ?? "nothing"}`,
    );
}

/** By path. Values as text: a command line has given no others. */
function flat(value: unknown, path = "", into = new Map<string, string>()): ReadonlyMap<string, string> {
  if (typeof value !== "object" || value === null) return into.set(path, String(value));
  for (const [name, part] of Object.entries(value as Fields)) flat(part, path === "" ? name : `${path}.${name}`, into);
  return into;
}
