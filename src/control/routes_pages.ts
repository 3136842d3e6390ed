/** Routes of files for people: the page, its assets, the API document and its reader. Loaded when first asked. */

import type { Elysia } from "elysia";
import { Code } from "../core/code.ts";
import { httpProblem } from "./http_problem.ts";
import { openapiDocument } from "./openapi.ts";

export interface PageAssets {
  readonly html: string;
  readonly js: string;
  readonly css: string;
  /** SVG. */
  readonly icon?: string;
}

const HTML = "text/html; charset=utf-8";
const JAVASCRIPT = "text/javascript; charset=utf-8";
/** The reader of the document sets styles and worker code of its own; everything still comes from here alone. */
const DOCS_POLICY =
  "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; " +
  "font-src 'self' data:; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";
/** What leads to somebody's cloud is switched off: everything is from here, and nothing goes anywhere else. */
const DOCS_SETTINGS = JSON.stringify({
  withDefaultFonts: false,
  hideClientButton: true,
  telemetry: false,
  showDeveloperTools: "never",
  showToolbar: "never",
  agent: { disabled: true },
  mcp: { disabled: true },
});
const DOCS = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Meltica API</title></head>
<body>
<script id="api-reference" data-url="/api/openapi.json" data-configuration='${DOCS_SETTINGS}'></script>
<script src="/api/docs/scalar.js"></script>
</body>
</html>
`;

export function addPageRoutes(app: Elysia, version: string, pageAssets: (() => Promise<PageAssets>) | undefined): void {
  let assets: Promise<PageAssets> | undefined;
  let document: Promise<string> | undefined;
  const page = () => {
    if (pageAssets === undefined)
      throw httpProblem(Code.NotFound, "this gateway has no page", { hint: "see /api/docs" });
    assets ??= pageAssets();
    return assets;
  };

  app.get("/", async () => file((await page()).html, HTML));
  app.get("/assets/*", async ({ params }) => {
    const name = params["*"];
    const { js, css, icon } = await page();
    if (name.endsWith(".js")) return file(js, JAVASCRIPT);
    if (name.endsWith(".css")) return file(css, "text/css; charset=utf-8");
    if (name.endsWith(".svg") && icon !== undefined) return file(icon, "image/svg+xml");
    throw httpProblem(Code.NotFound, `there is no ${name}`);
  });
  app.get("/api/openapi.json", async () => {
    document ??= openapiDocument(app, version);
    return file(await document, "application/json");
  });
  app.get("/api/docs", () => {
    const response = file(DOCS, HTML);
    response.headers.set("content-security-policy", DOCS_POLICY);
    return response;
  });
  app.get("/api/docs/scalar.js", async () => {
    const { default: path } = await import("../../node_modules/@scalar/api-reference/dist/browser/standalone.js", {
      with: { type: "file" },
    });
    return file(Bun.file(path), JAVASCRIPT);
  });
}

function file(body: string | Blob, type: string): Response {
  return new Response(body, { headers: { "content-type": type, "cache-control": "no-cache" } });
}
