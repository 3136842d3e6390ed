/** `meltica up` as a process with a gateway of its own making, to send signals to: argument = how it stops. */

import { readArguments } from "../../src/cli/arguments.ts";
import type { RunningGateway } from "../../src/cli/start_gateway.ts";
import { systemTerminal } from "../../src/cli/terminal.ts";
import { runUp, verb } from "../../src/cli/up.ts";

const [how, ...raw] = process.argv.slice(2);
const given = readArguments(raw, verb.definitions);
let finish: (code: number) => void = () => undefined;
const done = new Promise<number>((settle) => {
  finish = settle;
});

async function stop(reason: string): Promise<void> {
  process.stderr.write(`stop ${reason}\n`);
  if (how === "throws") throw new Error("disk gone");
  if (how === "politely") setTimeout(() => finish(0), 50);
}

const gateway: RunningGateway = {
  ...{ url: "http://127.0.0.1:1", loginUrl: "http://127.0.0.1:1/#x", tokenFile: "/t", dataDir: "/d", pid: process.pid },
  stop,
  done,
};
setInterval(() => undefined, 1_000); // Something to do, as a gateway has.
const exit = await runUp(
  { given, terminal: systemTerminal(), json: true, quiet: false },
  async () => async () => gateway,
);
process.exitCode = exit;
process.reallyExit(exit);
