/** Every message in a venue's folder of fixtures, whatever the file's shape: captures, dialogues, answers, examples. */

import { readdirSync, readFileSync } from "node:fs";
import { fixture } from "../support/fixtures.ts";

export interface RecordedMessage {
  readonly file: string;
  readonly text: string;
}

type Part = Readonly<Record<string, unknown>>;

/** What clients sent, keys, and figures of others: no messages of a venue. */
const NO_MESSAGES = /^requests\.|signing-vectors|\.expected\.json$/;
/** How the messages lie in a file, by its name. What has no line here is a message as a whole. */
const SHAPES: readonly (readonly [name: RegExp, messageIn: (part: Part) => unknown])[] = [
  [/^capture\./, (part) => (part["sent"] === true ? undefined : (part["msg"] ?? part))],
  [/^ccxt\.|^tardis-node\./, (part) => part["message"]],
  [/^jkorf\.ws/, (part) => part["server"] ?? part["event"]],
  [/^jkorf\.rest|^binance-connector|^cryptofeed/, (part) => part["response"]],
  [/^gct\.(?!ws)/, (part) => part["data"]],
  [/^gct\.ws/, (part) => part],
];

export function messagesOf(venue: string): RecordedMessage[] {
  const files = readdirSync(fixture(venue)).filter((file) => /\.jsonl?$/.test(file) && !NO_MESSAGES.test(file));
  return files.sort().flatMap((file) => {
    const content = readFileSync(fixture(`${venue}/${file}`), "utf8").trim();
    const parts: unknown[] = file.endsWith("l")
      ? content.split("\n").map((line) => JSON.parse(line))
      : [JSON.parse(content)];
    const messageIn = SHAPES.find(([name]) => name.test(file))?.[1];
    const found = messageIn === undefined ? parts : parts.flat().map((part) => messageIn(part as Part));
    return found.filter((message) => message !== undefined).map((message) => ({ file, text: JSON.stringify(message) }));
  });
}

/** All symbols that the messages name, so that none is set aside for being nobody's. */
export function symbolsIn(messages: readonly RecordedMessage[]): string[] {
  const found = new Set<string>();
  for (const { text } of messages) {
    for (const [, symbol = ""] of text.matchAll(/"(?:s|symbol|instId)":"([^"]{3,40})"/g)) found.add(symbol);
    for (const [, stream = ""] of text.matchAll(/"stream":"([a-z0-9_]+)@/g)) found.add(stream.toUpperCase());
  }
  return [...found].sort();
}
