/** Reads an exchangeInfo answer that somebody saved from a venue. */

import { readFileSync } from "node:fs";
import { Code } from "../core/code.ts";
import { ProblemError, problem } from "../core/problem.ts";
import { venueOfInfo } from "./exchange_info.ts";
import type { SimVenue } from "./feed.ts";
import type { Message } from "./message.ts";

/** Throws ProblemError when the file is not there or is no exchangeInfo. */
export function readInfoFile(path: string): { readonly venue: SimVenue; readonly info: Message } {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "error";
    const found = code === "ENOENT" ? Code.FileNotFound : Code.FileUnreadable;
    throw new ProblemError(problem(found, `cannot read ${path}: ${code}`, { file: path }));
  }
  const info = venueOfInfo(text);
  if (info !== undefined) return info;
  throw new ProblemError(problem(Code.FileCorrupt, "no exchangeInfo with symbols", { file: path }));
}
