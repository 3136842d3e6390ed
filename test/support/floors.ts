/** The floors of src/: which room stands where. Imports go downward only. */

export const FLOORS: Readonly<Record<string, number>> = {
  core: 0,
  model: 1,
  ring: 2,
  clock: 2,
  market: 3,
  match: 3,
  ledger: 3,
  oms: 3,
  risk: 3,
  execution: 3,
  strategy: 3,
  engine: 4,
  venue: 5,
  exchange: 5,
  journal: 5,
  store: 5,
  data: 5,
  sandbox: 5,
  secrets: 5,
  telemetry: 5,
  cluster: 5,
  compliance: 5,
  research: 6,
  certify: 6,
  control: 6,
  ui: 6,
  app: 7,
  cli: 7,
  main: 7,
};

export const TOP_FLOOR = 7;

/** Same-floor imports that are meant: indicators read market data; the page knows the views; the CLI calls the sessions; main calls the CLI. */
export const SIDEWAYS: ReadonlySet<string> = new Set([
  "strategy→market",
  "ui→control",
  "cli→app",
  "main→cli",
  "main→app",
  // What all venues' wires share: bytes of frames, connections, budgets.
  "venue/binance→venue/wire",
  "venue/okx→venue/wire",
  "venue/bybit→venue/wire",
]);

/** Folder under src/ of a file (`main` for src/main.ts); undefined outside src/. */
export function folderOf(path: string): string | undefined {
  const [top, first] = path.split("/");
  if (top !== "src" || first === undefined) return undefined;
  return first.endsWith(".ts") ? first.slice(0, -3) : first;
}

/** Room of a file: its folder, except that each `venue/<name>` is a room of its own. */
export function roomOf(path: string): string | undefined {
  const folder = folderOf(path);
  if (folder !== "venue") return folder;
  const name = path.split("/")[2] as string;
  return name.endsWith(".ts") ? "venue" : `venue/${name}`;
}

export function floorOf(path: string): number | undefined {
  const folder = folderOf(path);
  return folder === undefined ? undefined : FLOORS[folder];
}
