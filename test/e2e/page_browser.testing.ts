/** The system's Chromium by playwright-core: found or not, opened with the complaints of its page kept. */

import { type Browser, chromium, type Page } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/** Path of a Chromium, by CHROMIUM_PATH or on the PATH; undefined when there is none. */
export function chromiumPath(): string | undefined {
  const named = process.env["CHROMIUM_PATH"];
  if (named !== undefined && named !== "") return named;
  return NAMES.map((name) => Bun.which(name)).find((path) => path !== null) ?? undefined;
}

export interface PageLook {
  readonly width?: number;
  readonly height?: number;
  readonly scheme?: "dark" | "light";
}

export class PageBrowser {
  /** Errors of scripts, of the content security policy and of requests, from all pages. */
  readonly complaints: string[] = [];
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async launch(executablePath: string): Promise<PageBrowser> {
    // In a container the browser's own sandbox has no rights; the page is ours.
    return new PageBrowser(await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] }));
  }

  async open(url: string, { width = 1280, height = 800, scheme = "dark" }: PageLook = {}): Promise<Page> {
    const page = await this.#browser.newPage({ viewport: { width, height }, colorScheme: scheme });
    page.setDefaultTimeout(30_000);
    page.on("pageerror", (error) => this.complaints.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") this.complaints.push(message.text());
    });
    await page.goto(url);
    return page;
  }

  close(): Promise<void> {
    return this.#browser.close();
  }
}
