/** An instance of the configuration that runs otherwise is told: the comparison, and a gateway that is started again. */

import { expect, test } from "bun:test";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { configOf } from "../../test/support/gateway_rig.ts";
import { instanceChanges } from "./changed_instances.ts";
import type { InstanceConfig } from "./config_schema.ts";
import { startGateway } from "./gateway.ts";

const ONE: InstanceConfig = {
  name: "one",
  strategy: "ema-cross",
  params: { size: 0.01, isLong: true },
  markets: { main: { instrument: "sim:BTC-USDT", account: "paper", tf: "1s" } },
};

test("what is the same in other words or another order is no change; each part that differs is named", () => {
  const { name, strategy, markets } = ONE;
  const asTyped = { markets, params: { isLong: "true", size: "0.01" }, strategy, name };
  expect(instanceChanges(JSON.stringify(asTyped), ONE)).toEqual([]);
  const other = {
    ...ONE,
    params: { size: 0.02, slow: 3, isLong: true },
    markets: { main: { ...markets["main"], tf: undefined } },
  };
  expect(instanceChanges(JSON.stringify(other), ONE)).toEqual([
    "params.size is 0.02, the configuration says 0.01",
    "params.slow is 3, the configuration says nothing",
    "markets.main.tf is not given, the configuration says 1s",
  ]);
});

test("a gateway that is started again with other parameters says that they are not in force", async () => {
  const config = configOf(join(mkdtempSync(join(process.env["TMPDIR"] ?? "/tmp", "meltica-instances-")), "data"));
  const [first, ...others] = config.instances as unknown as readonly [InstanceConfig, ...InstanceConfig[]];
  const changed = { ...first, params: { ...first.params, size: 0.123 } };
  const told: string[][] = [];
  for (const instances of [config.instances, config.instances, [changed, ...others]]) {
    const gateway = await startGateway({ ...config, instances }, { version: "t", log: () => {}, logIsTerminal: false });
    await gateway.stop("test"); // What the engine says at its start has come by then.
    told.push(gateway.supervisor.problems.filter(({ code }) => code === "InstanceChanged").map(({ detail }) => detail));
  }
  expect(told).toEqual([[], [], [expect.stringContaining(`${first.name}: params.size is`)]]);
  expect(told[2]?.[0]).toEndWith("the configuration says 0.123");
}, 60_000);
