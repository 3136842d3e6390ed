/** The first page in a real browser: live rows, kill and resume, a dropped stream, login, bad news, all looks. */

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { DEV_CODE, DEV_TOKEN, DevServer } from "../../src/ui/dev_server.testing.ts";
import { chromiumPath, PageBrowser } from "./page_browser.testing.ts";

setDefaultTimeout(120_000);
const CHROMIUM = chromiumPath();
const pictures = mkdtempSync(join(tmpdir(), "meltica-page-"));
const server = new DevServer();
let url: string;
let browser: PageBrowser;

if (CHROMIUM === undefined) process.stdout.write("  skipped: no Chromium here (apt-get install -y chromium)\n");

async function picture(page: Page, name: string, fullPage = false): Promise<void> {
  const path = join(pictures, `${name}.png`);
  await page.screenshot({ path, fullPage });
  expect(statSync(path).size).toBeGreaterThan(10_000);
}

/** Waits until the text of a selector satisfies; the page is live, so it is asked again and again. */
async function shows(page: Page, selector: string, holds: (text: string) => boolean): Promise<void> {
  let text = "";
  for (let i = 0; i < 160; i++) {
    text = (await page.locator(selector).first().textContent({ timeout: 30_000 })) ?? "";
    if (holds(text)) return;
    await Bun.sleep(50);
  }
  throw new Error(`${selector} stayed: ${text}`);
}

const live = (page: Page) => shows(page, ".chips", (text) => text.includes("live"));

beforeAll(async () => {
  if (CHROMIUM === undefined) return;
  url = await server.start();
  browser = await PageBrowser.launch(CHROMIUM);
});

afterAll(async () => {
  await browser?.close();
  await server.stop();
  process.stdout.write(`  pictures: ${pictures}\n`);
});

describe.skipIf(CHROMIUM === undefined)("the first page", () => {
  test("shows what runs, and orders, fills and quotes as they happen", async () => {
    const page = await browser.open(url);
    await live(page);
    await shows(page, "#instances", (text) => text.includes("market-making-perp"));
    const top = (await page.locator(".top").textContent()) ?? "";
    for (const word of ["Meltica", "0.1.0", "paper", "ready", "USDT", "KILL"]) expect(top).toContain(word);
    const placed = server.data.orders.length;
    const traded = server.data.fills.length;
    await page.locator(`[data-order="${placed + 1}"]`).waitFor();
    while (server.data.fills.length === traded) await Bun.sleep(50);
    await page.locator(`[data-fill="${server.data.fills[traded]?.record}"]`).waitFor();
    const order = server.data.orders[placed] as { price: string };
    await shows(page, `[data-order="${placed + 1}"]`, (text) => text.includes(order.price));
    const quotes = await page.locator("#quotes tbody").textContent();
    await shows(page, "#quotes tbody", (text) => text !== quotes);
    expect(await page.locator("#pnl canvas").count()).toBe(1);
    await page.close();
  });

  test("KILL is typed, is seen everywhere, and RESUME is asked for as well", async () => {
    const page = await browser.open(url);
    await live(page);
    await page.keyboard.press("Shift+K");
    await page.keyboard.type("kil");
    await page.keyboard.press("Enter");
    expect(server.data.killed).toBe(false);
    await page.keyboard.type("l");
    await picture(page, "kill-question");
    await page.keyboard.press("Enter");
    await shows(page, ".killed-banner", (text) => text.includes("TRADING IS KILLED") && text.includes("kill button"));
    expect(server.data.killed).toBe(true);
    await page.waitForFunction(() => document.title.startsWith("KILLED"));
    expect(await page.locator("button.kill").isDisabled()).toBe(true);
    await shows(page, "#orders .open", (text) => text.includes("No open orders"));
    await picture(page, "killed");
    await page.getByRole("button", { name: "RESUME", exact: true }).click();
    const hold = page.getByRole("button", { name: "Hold to resume" });
    await hold.click(); // A short press does nothing.
    expect(server.data.killed).toBe(true);
    await hold.hover();
    await page.mouse.down();
    await page.locator(".killed-banner").waitFor({ state: "detached" });
    await page.mouse.up();
    expect(server.data.killed).toBe(false);
    await page.close();
  });

  test("Escape leaves the question, and nothing is killed", async () => {
    const page = await browser.open(url);
    await live(page);
    await page.getByRole("button", { name: "KILL", exact: true }).click();
    await page.keyboard.press("Escape");
    await page.locator("dialog").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "KILL", exact: true }).click();
    expect(await page.locator("dialog").count()).toBe(1);
    expect(server.data.killed).toBe(false);
    await page.close();
  });

  test("cancels an order, pauses an instance, and shows a refusal with its hint", async () => {
    const page = await browser.open(url);
    await live(page);
    server.freeze();
    server.publish(server.data.place());
    const order = server.data.orders.findLast((one) => !one.terminal) as { id: number; state: string };
    await page.getByRole("button", { name: `Cancel order ${order.id}:` }).click();
    await shows(page, `.ended [data-order="${order.id}"]`, (text) => text.includes("canceled"));
    await page.getByRole("button", { name: "Pause ema-cross-btc" }).click();
    await page.getByRole("button", { name: "Resume ema-cross-btc" }).click();
    await page.getByRole("button", { name: "Pause ema-cross-btc" }).waitFor();
    server.data.problems = [{ code: "StreamSilent", detail: "BTCUSDT@trade is silent.", hint: "Look at the venue." }];
    server.publish(server.data.second());
    await shows(page, "#problems", (text) => text.includes("Look at the venue."));
    server.data.problems = [];
    server.run();
    await page.close();
  });

  test("survives a dropped stream: says so, comes back by resume, misses nothing", async () => {
    const page = await browser.open(url);
    await live(page);
    const asked = server.subscribed.length;
    server.refuseStreams = true;
    server.dropStreams();
    await shows(page, ".chips", (text) => /offline|connecting/.test(text));
    await page.locator('main[data-stale="true"]').waitFor();
    await picture(page, "offline");
    const missed = server.data.fill().fills?.[0] as { record: number } | undefined;
    const placed = server.data.place().orders?.[0] as { id: number };
    server.publish({ orders: [placed], ...(missed === undefined ? {} : { fills: [missed] }) });
    server.refuseStreams = false;
    await live(page);
    expect(server.subscribed[asked]?.resume).toHaveProperty("fills");
    await page.locator(`[data-order="${placed.id}"]`).waitFor();
    if (missed !== undefined) await page.locator(`[data-fill="${missed.record}"]`).waitFor();
    await page.close();
  });
});

describe.skipIf(CHROMIUM === undefined)("the first page to a newcomer", () => {
  let own: DevServer;
  let ownUrl: string;

  beforeAll(async () => {
    own = new DevServer();
    ownUrl = await own.start();
  });

  afterAll(async () => {
    await own.stop();
  });

  test("the link's code signs in and leaves the address bar", async () => {
    own.locked = true;
    const page = await browser.open(`${ownUrl}/#code=${DEV_CODE}`);
    await live(page);
    expect(page.url()).toBe(`${ownUrl}/`);
    await page.close();
  });

  test("without a session it asks for the token, and a wrong one is answered with a hint", async () => {
    const page = await browser.open(ownUrl);
    await page.getByLabel("Token").fill("wrong");
    await page.keyboard.press("Enter");
    await shows(page, "[role=alert]", (text) => text.includes("cat meltica-data/token"));
    await picture(page, "login");
    await page.getByLabel("Token").fill(DEV_TOKEN);
    await page.keyboard.press("Enter");
    await live(page);
    await page.close();
    own.locked = false;
  });

  test("an empty gateway says what to do next", async () => {
    own.data.empty = true;
    own.data.notReady = ["the order book of sim:BTC-USDT is not there yet", "no account"];
    const page = await browser.open(ownUrl);
    await live(page);
    for (const id of ["#instances", "#quotes", "#orders", "#fills", "#positions", "#balances", "#pnl"]) {
      expect((await page.locator(`${id} .empty`).textContent())?.length).toBeGreaterThan(15);
    }
    await shows(page, ".chips", (text) => text.includes("not ready: 2 reasons"));
    await shows(page, "#problems", (text) => text.includes("Not ready: the order book of sim:BTC-USDT"));
    await picture(page, "empty");
    own.data.empty = false;
    own.data.notReady = [];
    await page.close();
  });

  test.each([
    ["desk-dark", 1280, 800, "dark"],
    ["desk-light", 1280, 800, "light"],
    ["phone-dark", 390, 844, "dark"],
    ["phone-light", 390, 844, "light"],
  ] as const)(
    "%s: nothing stands out of the screen, and nothing is complained about",
    async (name, width, height, scheme) => {
      const page = await browser.open(ownUrl, { width, height, scheme });
      await live(page);
      await page.locator("#fills tbody tr").first().waitFor();
      await page.waitForFunction(() => document.querySelectorAll("#instances li").length === 3);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
      await picture(page, name, width < 500);
      await page.close();
    },
  );

  test("no script failed and no policy was broken", () => {
    const refused = /503|401|WebSocket connection to/; // Made by the tests themselves.
    expect(browser.complaints.filter((complaint) => !refused.test(complaint))).toEqual([]);
  });
});
