/** Live accounts of the real executable at the simulated venues: what they do equals the venue's books, and what keeps them from it. */

import { afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { failedStart, GatewayProcess, type Json, SOURCE_COMMAND } from "./gateway_process.testing.ts";
import { liveSession, storyOf } from "./live_session.testing.ts";
import { BINANCE_SITES } from "./live_sites.testing.ts";
import { arm, LiveFolder, SECRETS, untilFit, VenueProcess } from "./live_venue.testing.ts";

setDefaultTimeout(180_000);

const SEED = Number(process.env["MELTICA_SEED"] ?? 20_261_121); // number-ok: a seed
const SECONDS = 12;

const running: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of running.splice(0).reverse()) await stop();
});

async function venueWith(permissions?: readonly string[]): Promise<VenueProcess> {
  const venue = await VenueProcess.start(SEED, permissions);
  running.push(() => venue.stop());
  return venue;
}

async function gatewayAt(folder: LiveFolder): Promise<GatewayProcess> {
  const gateway = await GatewayProcess.start(folder.dataDir, { args: folder.args });
  running.push(() => gateway.kill());
  return gateway;
}

function folderFor(venue: VenueProcess, change?: (config: Json) => void): LiveFolder {
  const folder = new LiveFolder(venue, change, BINANCE_SITES);
  running.push(() => folder.remove());
  return folder;
}

async function accounts(gateway: GatewayProcess): Promise<Record<string, Json>> {
  const { items } = await gateway.get("/api/v1/accounts");
  return Object.fromEntries(items.map((row: Json) => [row.name, row]));
}

const verdicts = (account: Json) =>
  Object.fromEntries((account?.live?.checks ?? []).map(({ name, verdict, code }: Json) => [name, code || verdict]));

/** A verb in a process of its own: its exit code and all that it said. */
async function meltica(folder: LiveFolder, ...words: string[]): Promise<{ code: number; text: string }> {
  const child = Bun.spawn([...SOURCE_COMMAND, ...words], {
    cwd: folder.path,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { code: await child.exited, text: out + err };
}

test(`a desk at four venues under faults and kill -9: nothing twice, to the last unit their books, no key anywhere (seed ${SEED})`, async () => {
  const result = await liveSession({ seed: SEED, seconds: SECONDS, kills: 1 });
  process.stdout.write(storyOf(result));
  expect(result.differences).toEqual([]);
  expect(result.leaks).toEqual([]);
  expect(result.countdownsFired).toBe(0);
  const sum = (name: "fills" | "compared") => result.sites.reduce((all, site) => all + site[name], 0);
  for (const { account, placed } of result.sites) expect([account, placed > 0]).toEqual([account, true]);
  expect(Math.min(sum("fills"), sum("compared"))).toBeGreaterThan(10);
  expect(Object.keys(result.byInstance)).toContain("pair");
  expect(result.killMs).toBeLessThan(5_000);
});

describe("before anything may open", () => {
  test("armed by its name alone; until then, and from another build on, openings are denied; told everywhere", async () => {
    const venue = await venueWith();
    const folder = folderFor(venue);
    const gateway = await gatewayAt(folder);
    await untilFit(gateway, "perp");
    await untilFit(gateway, "spot");
    const body = { account: "spot", armed: true, by: "tester", why: "test" };
    const armBy = (more: Json) => gateway.ask("POST", "/api/v1/risk/arm", { ...body, ...more });
    for (const more of [{}, { confirm: "yes" }, { confirm: "perp" }]) {
      expect(await armBy(more)).toMatchObject({ status: 422, json: { code: "ConfirmationMissing" } });
    }
    await gateway.until("a denial", async () =>
      (await gateway.all("/api/v1/orders")).some(({ reason }) => /^NotArmed/.test(reason ?? "")),
    );
    expect((await venue.truth())["spot"].orders).toEqual([]);
    expect((await armBy({ confirm: "spot", build: "another" })).status).toBe(200);
    expect((await accounts(gateway))["spot"]).toMatchObject({ mode: "live", armed: false, live: { fit: true } });
    expect((await armBy({ confirm: "spot" })).status).toBe(200);
    expect(await accounts(gateway)).toMatchObject({
      spot: { armed: true, live: { fit: true, unfitWhy: null, streamUp: true, reportsLost: 0 } },
      perp: { armed: false, live: { fit: true } },
    });
    await gateway.until("an order", async () => (await venue.truth())["spot"].orders.length > 0);
    const { text: metrics } = await gateway.ask("GET", "/metrics");
    for (const line of ['fit{account="spot"} 1', 'armed{account="spot"} 1', 'armed{account="perp"} 0']) {
      expect(metrics).toContain(`meltica_live_${line}`);
    }
    const status = await meltica(folder, "status", "--data-dir", folder.dataDir);
    expect(status.text).toMatch(/spot +spot +armed +up/);
    expect(status.text).toMatch(/perp +usdm +not armed +up/);
    const words = ["risk", "arm", "--account", "perp", "--by", "me", "--why", "test", "--data-dir", folder.dataDir];
    expect(await meltica(folder, ...words)).toMatchObject({ code: 2, text: expect.stringContaining("--confirm perp") });
    expect((await meltica(folder, ...words, "--confirm", "perp")).code).toBe(0);
    expect((await accounts(gateway))["perp"]).toMatchObject({ armed: true });
  });

  test("who armed it has armed this place, this key and this build: any other one trades only when armed again", async () => {
    const venue = await venueWith();
    const folder = folderFor(venue);
    const restarted = async (before?: GatewayProcess) => {
      await before?.terminate();
      const gateway = await gatewayAt(folder);
      await untilFit(gateway, "spot");
      await untilFit(gateway, "perp");
      const rows = await accounts(gateway);
      return { gateway, armed: ["spot", "perp"].map((name) => rows[name].armed) };
    };
    const { gateway } = await restarted();
    await arm(gateway, BINANCE_SITES);
    const { items } = await gateway.get("/api/v1/instances");
    for (const { id } of items) await gateway.ask("POST", `/api/v1/instances/${id}/stop`, {});
    const armings = (await gateway.get("/api/v1/risk/state")).accounts;
    for (const { build } of armings) expect(build).toMatch(/^\d+\.\d+\.\d+\+[0-9a-f]{32}@[0-9a-f]{16}$/);
    const same = await restarted(gateway);
    expect(same.armed).toEqual([true, true]);
    const config = JSON.parse(readFileSync(folder.configFile, "utf8"));
    config.providers.spot.environment = "testnet";
    writeFileSync(folder.configFile, JSON.stringify(config));
    const moved = await restarted(same.gateway);
    expect(moved.armed).toEqual([false, true]);
    const order = { account: "spot", instrument: "binance:BTC-USDT", side: "buy", type: "market", qty: "0.01" };
    const placed = await moved.gateway.ask("POST", "/api/v1/orders", order, { "idempotency-key": "moved" });
    expect(placed.text).toContain("BuildNotApproved");
    expect((await moved.gateway.ask("GET", "/metrics")).text).toContain('meltica_live_armed{account="spot"} 0');
  });

  test("a key that may withdraw, a key that cannot be read, a clock that is off: unfit, with the cure; paper goes on", async () => {
    const venue = await venueWith(["trade", "withdraw"]);
    await venue.faults({ "clock-skew-ms": 30_000 });
    const folder = folderFor(venue, (config) => {
      config.accounts.perp.secret = { file: "keys/none" };
      config.accounts.lab = { provider: "spot", balances: { USDT: "10000" } };
    });
    const gateway = await gatewayAt(folder);
    await gateway.until("what the key may do", async () => {
      const { spot } = await accounts(gateway);
      return verdicts(spot)["withdraw"] === "KeyMayWithdraw";
    });
    const { spot, perp, lab } = await accounts(gateway);
    expect(verdicts(spot)).toMatchObject({ allowed: "ok", clock: "ClockWrong", trade: "ok", "one-way": "ok" });
    expect(spot.live.unfitWhy).toMatch(/^clock: (29|30)\d{3}\.\d ms off/);
    expect(spot.live.checks.find(({ name }: Json) => name === "withdraw").hint).toContain(
      "take that right from the key",
    );
    expect(perp.live).toMatchObject({ fit: false, streamUp: false });
    expect(verdicts(perp)).toEqual({ allowed: "ok", key: "SecretMissing" });
    expect(lab).toMatchObject({ mode: "paper", live: null });
    for (const account of ["spot", "perp"]) {
      const body = { account, armed: true, confirm: account, by: "tester", why: "test" };
      expect(await gateway.ask("POST", "/api/v1/risk/arm", body)).toMatchObject({ json: { code: "AccountUnfit" } });
    }
    const order = { account: "lab", instrument: "binance:BTC-USDT", side: "buy", type: "market", qty: "0.01" };
    const placed = await gateway.ask("POST", "/api/v1/orders", order, { "idempotency-key": "paper" });
    expect(placed.json).not.toMatchObject({ code: "AccountUnfit" });
    expect((await venue.truth())["spot"].orders).toEqual([]);
    const doctor = await meltica(folder, "doctor", ...folder.args, "--data-dir", folder.dataDir, "--port", "0");
    expect(doctor.text).toMatch(/fail +account spot +clock: .* ms off.*; withdraw: the key may withdraw/);
    expect(doctor.text).toMatch(/fail +account perp +key: .*keys\/none/);
    expect(doctor.text).not.toContain("account lab");
    expect(gateway.log).not.toContain(SECRETS.secret);
  });

  test("a secret in the file, a paper account that becomes live: refused at the start, and the secret is not repeated", async () => {
    const venue = await venueWith();
    const literal = folderFor(venue, (config) => {
      config.accounts.spot.secret = SECRETS.secret;
    });
    const failed = await failedStart(literal.dataDir, { args: literal.args });
    expect(failed.err).toContain("SecretInConfig");
    expect(failed.err + failed.out).not.toContain(SECRETS.secret);
    for (const verb of ["check", "show"]) {
      const { text } = await meltica(literal, "config", verb, ...literal.args);
      expect(text).toContain("accounts.spot.secret");
      expect(text).not.toContain(SECRETS.secret);
    }
    const folder = folderFor(venue, (config) => {
      config.accounts = { spot: { provider: "spot", balances: { USDT: "1000" } } };
      config.instances = [];
    });
    await (await gatewayAt(folder)).terminate();
    const config = JSON.parse(readFileSync(folder.configFile, "utf8"));
    const key = { apiKey: { file: "keys/desk-name" }, secret: { file: "keys/desk-secret" } };
    config.accounts.spot = { provider: "spot", mode: "live", ...key };
    writeFileSync(join(folder.path, "meltica.yaml"), JSON.stringify(config));
    expect((await failedStart(folder.dataDir, { args: folder.args })).err).toContain("ModeChanged");
  });
});
