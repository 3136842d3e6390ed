/** The page of a real gateway in a real browser: orders and fills of both strategies appear, and KILL kills. */

import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultConfig } from "../../src/app/config.ts";
import { type Gateway, startGateway } from "../../src/app/gateway.ts";
import { chromiumPath, PageBrowser } from "./page_browser.testing.ts";

setDefaultTimeout(120_000);
const CHROMIUM = chromiumPath();
const folder = mkdtempSync(join(tmpdir(), "meltica-page-gateway-"));
const pictures = mkdtempSync(join(tmpdir(), "meltica-page-"));
let gateway: Gateway | undefined;
let browser: PageBrowser | undefined;

afterAll(async () => {
  await browser?.close();
  await gateway?.stop("test");
  rmSync(folder, { recursive: true, force: true });
});

describe.skipIf(CHROMIUM === undefined)("the page of a gateway (skipped without a Chromium)", () => {
  test("logs in once, shows orders and fills of both strategies within 20 s, and kills", async () => {
    const config = { ...defaultConfig(folder), dataDir: folder, server: { host: "127.0.0.1", port: 0 } };
    gateway = await startGateway(config, { version: "test", log: () => {}, logIsTerminal: false });
    const startMs = performance.now();
    browser = await PageBrowser.launch(CHROMIUM as string);
    const page = await browser.open(gateway.loginUrl);
    for (const instance of ["ema", "maker"]) {
      await page.locator("#instances", { hasText: instance }).waitFor();
      await page.locator("[data-fill]", { hasText: instance }).first().waitFor({ timeout: 25_000 });
    }
    process.stdout.write(`  both strategies' fills on the page after ${Math.round(performance.now() - startMs)} ms\n`);
    expect(await page.locator("[data-order]").count()).toBeGreaterThan(0);
    await page.screenshot({ path: join(pictures, "trading.png") });
    expect(statSync(join(pictures, "trading.png")).size).toBeGreaterThan(10_000);
    await page.keyboard.press("Shift+K");
    await page.keyboard.type("kill");
    await page.keyboard.press("Enter");
    await page.locator(".killed-banner", { hasText: "TRADING IS KILLED" }).waitFor();
    expect(gateway.supervisor.replica.state.risk.isKilled(0, 0, 0)).toBe(true);
    await page.screenshot({ path: join(pictures, "killed.png") });
    process.stdout.write(`  pictures: ${pictures}\n`);
    expect(browser.complaints).toEqual([]);
  });
});
