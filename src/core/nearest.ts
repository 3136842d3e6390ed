/** The known name nearest to a mistyped one: for "did you mean" in the CLI, configuration and strategy parameters. */

/** Steps from `a` to `b`, where a step inserts, deletes, replaces or swaps two neighbours. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let steps = Math.min(
        (last[column] as number) + 1,
        (current[column - 1] as number) + 1,
        (last[column - 1] as number) + (same ? 0 : 1),
      );
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) steps = Math.min(steps, (beforeLast[column - 2] as number) + 1);
      current.push(steps);
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length] as number;
}

/**
 * The name that is nearest to `given`, or undefined when none is near enough to be meant.
 * Case is ignored; a third of the letters may differ; a name that `given` begins counts as near. Ties: first in `names`.
 */
export function nearest(given: string, names: readonly string[]): string | undefined {
  const wanted = given.toLowerCase().slice(0, LENGTH_MAX);
  if (wanted === "") return undefined;
  let best: string | undefined;
  let bestSteps = Number.POSITIVE_INFINITY;
  for (const name of names) {
    const known = name.toLowerCase().slice(0, LENGTH_MAX);
    const near = Math.max(1, Math.floor(Math.max(wanted.length, known.length) / 3));
    let steps = editDistance(wanted, known);
    if (steps > near && wanted.length >= 2 && known.startsWith(wanted)) steps = near;
    if (steps > near || steps >= bestSteps) continue;
    best = name;
    bestSteps = steps;
  }
  return best;
}

/** A hint for an error message: `did you mean "x"?`, or the list of what is known when nothing is near. */
export function nearestHint(given: string, names: readonly string[]): string {
  const found = nearest(given, names);
  if (found !== undefined) return `did you mean "${found}"?`;
  return names.length === 0 ? "" : `known: ${names.join(", ")}`;
}

const LENGTH_MAX = 64; // Longer text is not a typing mistake, and the distance costs length × length.
