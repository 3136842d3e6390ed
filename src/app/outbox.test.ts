/** The outbox over real files and a real receiver: every record in order, whatever fails; outbox_file.ts, outbox_webhook.ts. */

import { describe, expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import { appendFileSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Prng } from "../core/prng.ts";
import { RecordKind } from "../model/record.ts";
import { cursorName, Outbox, type OutboxOptions, type Sink } from "./outbox.ts";
import { FileSink } from "./outbox_file.ts";
import { WebhookSink } from "./outbox_webhook.ts";
import { dropBefore, journaled, sqlite } from "./projector.testing.ts";

const JOURNAL = "one";

async function place(seed: number, steps = 800) {
  const { dir, records } = journaled(seed, steps);
  const store = sqlite(dir);
  await store.prepare(0);
  return { dir, records, store };
}

/** No time passes: what is to be waited for comes at once. */
function outboxOf(dir: string, cursors: OutboxOptions["cursors"], sink: Sink, more: Partial<OutboxOptions> = {}) {
  let nowMs = 0;
  const name = "sink";
  const journalDir = join(dir, "journal");
  const options = {
    name,
    sink,
    journalDir,
    source: JOURNAL,
    cursors,
    kinds: [],
    onProblem: () => {},
    batchRecords: 40,
  };
  const outbox = new Outbox({ ...options, nowMs: () => (nowMs += 100_000), ...more });
  return outbox;
}

function numbersIn(path: string): number[] {
  const lines = readFileSync(path, "utf8").split("\n");
  expect(lines.pop()).toBe("");
  return lines.map((line) => (JSON.parse(line) as { record: number }).record);
}

describe("a file", () => {
  test("gets every record once, over restarts, torn lines and lost cursors", async () => {
    const { dir, records, store } = await place(3);
    const path = join(dir, "out.jsonl");
    const chance = new Prng(3);
    for (let n = 0, done = 0; done < records.length; n++) {
      const sink = new FileSink(path);
      const outbox = outboxOf(dir, store, sink);
      for (let steps = 1 + chance.nextBelow(4); steps > 0; steps--) await outbox.step(records.length);
      done = outbox.figures.record;
      outbox.close();
      if (n % 3 === 0) appendFileSync(path, '{"record":9999,"ki'); // A crash in the middle of a write.
      if (n % 4 === 1) await store.moveCursor(cursorName("sink", JOURNAL), Math.max(0, done - 50)); // Or before the cursor moved.
    }
    const outbox = outboxOf(dir, store, new FileSink(path));
    await outbox.step(records.length);
    await outbox.step(records.length);
    outbox.close();
    appendFileSync(path, "");
    expect(numbersIn(path)).toEqual(records.map(({ record }) => record));
    await store.close();
  });

  test("only some kinds, and a file that was moved away is made anew", async () => {
    const { dir, records, store } = await place(4);
    const path = join(dir, "fills.jsonl");
    const sink = new FileSink(path);
    const outbox = outboxOf(dir, store, sink, { kinds: ["OrderFilled"] });
    const half = Math.floor(records.length / 2);
    while (outbox.figures.record < half - 40) await outbox.step(half);
    renameSync(path, `${path}.1`);
    while (outbox.figures.record < records.length) await outbox.step(records.length);
    const fills = records.filter(({ kind }) => kind === RecordKind.OrderFilled).map(({ record }) => record);
    expect([...numbersIn(`${path}.1`), ...numbersIn(path)]).toEqual(fills);
    outbox.close();
    await store.close();
  });

  test("of another journal, in the same database or a new one, is not written to: nothing is passed over", async () => {
    const [first, second] = [await place(3, 200), await place(4, 400)];
    const path = join(first.dir, "out.jsonl");
    const all = async (outbox: Outbox, { length }: readonly unknown[]) => {
      for (let n = 0; n < 30 && outbox.figures.record < length; n++) await outbox.step(length);
      outbox.close();
      return outbox.figures;
    };
    await all(outboxOf(first.dir, first.store, new FileSink(path)), first.records);
    const before = readFileSync(path, "utf8");
    for (const store of [first.store, second.store]) {
      // All in one batch: journals of tests begin at the same time, and differ at their ends.
      const other = { source: "two", batchRecords: 1_000 };
      const figures = await all(outboxOf(second.dir, store, new FileSink(path), other), second.records);
      expect([figures.record, figures.delivered]).toEqual([0, 0]);
      expect(figures.problem).toContain("another journal");
    }
    expect(readFileSync(path, "utf8")).toBe(before);
    renameSync(path, `${path}.1`);
    await all(outboxOf(second.dir, first.store, new FileSink(path), { source: "two" }), second.records);
    expect(numbersIn(path)).toEqual(second.records.map(({ record }) => record));
    // Its own one again, with its cursor lost: each is there already.
    await second.store.moveCursor(cursorName("sink", "two"), 0);
    await all(outboxOf(second.dir, second.store, new FileSink(path), { source: "two" }), second.records);
    expect(numbersIn(path)).toEqual(second.records.map(({ record }) => record));
    await Promise.all([first.store.close(), second.store.close()]);
  });

  test("a journal that was put back from a copy: told, and what it writes from there on is handed out", async () => {
    const { dir, records, store } = await place(7, 400);
    const path = join(dir, "out.jsonl");
    const told: string[] = [];
    const onProblem = ({ code }: { code: string }) => void told.push(code);
    await store.moveCursor(cursorName("sink", JOURNAL), records.length);
    const half = Math.floor(records.length / 2);
    const outbox = outboxOf(dir, store, new FileSink(path), { onProblem });
    await outbox.step(half);
    expect([outbox.figures.record, told, await store.cursor(cursorName("sink", JOURNAL))]).toEqual([
      half,
      ["OutboxBehind"],
      half,
    ]);
    while (outbox.figures.record < records.length) await outbox.step(records.length);
    outbox.close();
    expect(numbersIn(path)).toEqual(records.slice(half).map(({ record }) => record));
    // Beyond its end, a file is none of its records either.
    const again = outboxOf(dir, store, new FileSink(path), { onProblem });
    await store.moveCursor(cursorName("sink", JOURNAL), half - 10);
    for (let n = 0; n < 3; n++) await again.step(half);
    expect(again.figures.problem).toContain("another journal");
    again.close();
    await store.close();
  });

  test("where retention has dropped the beginning, a new sink begins at what is left, and says so", async () => {
    const { dir, records, store } = await place(8, 1_200);
    const path = join(dir, "out.jsonl");
    dropBefore(join(dir, "journal"), Math.floor(records.length / 2));
    const told: string[] = [];
    const onProblem = ({ code, detail }: { code: string; detail: string }) => void told.push(`${code} ${detail}`);
    const outbox = outboxOf(dir, store, new FileSink(path), { onProblem });
    for (let n = 0; n < 100 && outbox.figures.record < records.length; n++) await outbox.step(records.length);
    outbox.close();
    const first = numbersIn(path)[0] as number;
    expect(first).toBeGreaterThan(1);
    expect(told).toEqual([`JournalDropped sink does not get records 1 to ${first - 1}`]);
    expect(numbersIn(path)).toEqual(records.slice(first - 1).map(({ record }) => record));
    await store.close();
  });

  test("what is no file of records is not written to, and told", async () => {
    const { dir, records, store } = await place(5, 50);
    const path = join(dir, "other.txt");
    writeFileSync(path, "dear diary\n");
    const told: string[] = [];
    const outbox = outboxOf(dir, store, new FileSink(path), { onProblem: ({ code }) => void told.push(code) });
    for (let n = 0; n < 8; n++) await outbox.step(records.length);
    expect(readFileSync(path, "utf8")).toBe("dear diary\n");
    writeFileSync(path, "no line end");
    await outbox.step(records.length);
    expect(readFileSync(path, "utf8")).toBe("no line end");
    expect(told).toEqual(["OutboxFailing"]);
    outbox.close();
    await store.close();
  });
});

describe("a webhook", () => {
  test("gets every record at least once and in order through refusals, cut connections and time-outs; signed", async () => {
    const { dir, records, store } = await place(6);
    const chance = new Prng(6);
    const got: number[] = [];
    const keys = new Set<string>();
    const server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      async fetch(request) {
        const body = await request.text();
        const [t = "", v1 = ""] = (request.headers.get("meltica-signature") ?? "")
          .split(",")
          .map((x) => x.slice(x.indexOf("=") + 1));
        expect(v1).toBe(createHmac("sha256", "hush").update(`${t}.${body}`).digest("hex"));
        const dice = chance.nextBelow(6);
        if (dice === 0) return new Response("no", { status: 503 });
        if (dice === 1) await Bun.sleep(400); // Longer than it is waited for; and it was taken all the same.
        keys.add(request.headers.get("idempotency-key") as string);
        got.push(...(JSON.parse(body) as { records: { record: number }[] }).records.map(({ record }) => record));
        return dice === 2 ? Response.redirect("http://127.0.0.1:1/") : new Response("", { status: 204 });
      },
    });
    const sign = (text: string) => createHmac("sha256", "hush").update(text).digest("hex");
    const url = `http://127.0.0.1:${server.port}/`;
    const sink = new WebhookSink({ name: "sink", url, sign, nowUs: () => 1_700_000_000_000_000, timeoutMs: 100 });
    const outbox = outboxOf(dir, store, sink, { batchRecords: 90 });
    while (outbox.figures.record < records.length) await outbox.step(records.length);
    await Bun.sleep(500);
    expect([...new Set(got)].sort((a, b) => a - b)).toEqual(records.map(({ record }) => record));
    // What comes again is a batch as it was, with its key: without those it is each record once.
    expect(got.length).toBeGreaterThan(records.length);
    expect(outbox.figures.failures).toBeGreaterThan(0);
    expect(keys.size).toBeLessThanOrEqual(Math.ceil(records.length / 90) + 1);
    expect(await store.cursor(cursorName("sink", JOURNAL))).toBe(records.length);
    outbox.close();
    await server.stop(true);
    await store.close();
  }, 60_000);

  test("an answer that says no and never ends is not read to its end", async () => {
    const server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: () => new Response(endless(), { status: 500 }),
    });
    const url = `http://127.0.0.1:${server.port}/`;
    const sink = new WebhookSink({ name: "sink", url, sign: undefined, nowUs: () => 0, timeoutMs: 20_000 });
    const batch = { journal: JOURNAL, durable: 1, from: 1, to: 1, records: [1], lines: ["{}"] };
    await expect(sink.deliver(batch)).rejects.toThrow(/^it answered 500: (no ){66}no$/);
    await server.stop(true);
  }, 60_000);
});

function endless(): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode("no ".repeat(100));
  return new ReadableStream({
    async pull(controller) {
      await Bun.sleep(1);
      controller.enqueue(bytes);
    },
  });
}
