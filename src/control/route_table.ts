/** Every route as method and pattern: for 405 with Allow, for metrics by route, for the document. */

export interface RouteEntry {
  readonly method: string;
  readonly path: string;
}

export class RouteTable {
  readonly #exact = new Map<string, string[]>();
  readonly #patterns: { readonly path: string; readonly regex: RegExp; readonly methods: string[] }[] = [];

  constructor(readonly routes: readonly RouteEntry[]) {
    for (const { method, path } of routes) {
      if (!/[:*]/.test(path)) {
        const methods = this.#exact.get(path) ?? [];
        this.#exact.set(path, [...methods, method]);
        continue;
      }
      const known = this.#patterns.find((entry) => entry.path === path);
      if (known !== undefined) known.methods.push(method);
      else this.#patterns.push({ path, regex: patternOf(path), methods: [method] });
    }
  }

  /** Pattern and methods of a path; undefined where there is nothing. */
  find(path: string): { readonly path: string; readonly methods: readonly string[] } | undefined {
    const methods = this.#exact.get(path);
    if (methods !== undefined) return { path, methods };
    return this.#patterns.find((entry) => entry.regex.test(path));
  }
}

function patternOf(path: string): RegExp {
  const source = path
    .split("/")
    .map((part) => (part.startsWith(":") ? "[^/]+" : part === "*" ? ".+" : part.replace(/[.+]/g, "\\$&")))
    .join("/");
  return new RegExp(`^${source}$`);
}
