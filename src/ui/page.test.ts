/** The page's texts: whole, small, and nothing that a strict content security policy forbids. */

import { describe, expect, test } from "bun:test";
import { pageAssets } from "./page.ts";

const SCRIPT_BYTES_MAX = 120 << 10;
const { html, js, css, icon } = await pageAssets();

describe("page", () => {
  test("is small enough to load at once", () => {
    const kib = (text: string) => (Buffer.byteLength(text) / 1_024).toFixed(1);
    const packed = (Bun.gzipSync(Buffer.from(js)).byteLength / 1_024).toFixed(1);
    process.stdout.write(
      `  page.js ${kib(js)} KiB (gzip ${packed}), page.css ${kib(css)} KiB, page ${kib(html)} KiB\n`,
    );
    expect(Buffer.byteLength(js)).toBeLessThan(SCRIPT_BYTES_MAX);
    expect(icon).toStartWith("<svg");
  });

  test("needs no inline code or style and no other origin", () => {
    expect(html).not.toMatch(/<style|style=|<script(?![^>]*\ssrc=)|\son\w+=/);
    const addresses = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map((match) => match[1]);
    expect(addresses).toEqual(["/assets/icon.svg", "/assets/page.css", "/assets/page.js"]);
    expect(css).not.toMatch(/url\(|@import/);
    expect(js).not.toMatch(/\beval\(|new Function\(|import\(["']http/);
  });

  test("is the production build", () => {
    expect(js).not.toContain("jsxDEV");
    expect(js).not.toContain("process.env");
  });
});
