/** Telemetry: Prometheus text that a strict reader takes (prometheus, metric), a log without secrets (log, redact, line_ring). */

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Histogram } from "../core/histogram.ts";
import { LineRing } from "./line_ring.ts";
import { createLog, type LogLevel } from "./log.ts";
import type { MetricSample } from "./metric.ts";
import { histogramSample, prometheusText } from "./prometheus.ts";
import { REDACTED, redactFields, SecretTexts } from "./redact.ts";

/** Each line of the exposition format, as its grammar says. */
const LINE =
  /^(?:# HELP [a-zA-Z_:][\w:]* .*|# TYPE [a-zA-Z_:][\w:]* (?:counter|gauge|histogram)|[a-zA-Z_:][\w:]*(?:\{[a-zA-Z_:][\w:]*="(?:[^"\\\n]|\\[\\n"])*"(?:,[a-zA-Z_:][\w:]*="(?:[^"\\\n]|\\[\\n"])*")*\})? (?:-?\d\S*|NaN|[+-]Inf))$/;

describe("prometheus", () => {
  test("one HELP and TYPE a name; labels, histograms and odd values written by the rules", () => {
    const histogram = new Histogram([0.5, 1]);
    for (const value of [0.2, 0.7, 3]) histogram.record(value);
    const text = prometheusText([
      { name: "a_total", help: "things", type: "counter", labels: { x: 'q"\\\n' }, value: 3 },
      { name: "b", help: "two\nlines", type: "gauge", value: Number.POSITIVE_INFINITY },
      { name: "a_total", help: "ignored", type: "counter", labels: { x: "y" }, value: 4 },
      histogramSample("h_seconds", "how long", histogram, { route: "/x" }),
    ]);
    expect(text).toBe(
      '# HELP a_total things\n# TYPE a_total counter\na_total{x="q\\"\\\\\\n"} 3\na_total{x="y"} 4\n' +
        "# HELP b two\\nlines\n# TYPE b gauge\nb +Inf\n" +
        '# HELP h_seconds how long\n# TYPE h_seconds histogram\nh_seconds_bucket{route="/x",le="0.5"} 1\n' +
        'h_seconds_bucket{route="/x",le="1"} 2\nh_seconds_bucket{route="/x",le="+Inf"} 3\n' +
        'h_seconds_sum{route="/x"} 3.9\nh_seconds_count{route="/x"} 3\n',
    );
  });

  test("any samples give lines of the grammar", () => {
    const sample: fc.Arbitrary<MetricSample> = fc.record({
      name: fc.string({ maxLength: 12 }),
      help: fc.string({ unit: "binary", maxLength: 12 }).map((text) => text.replace(/[\r\u2028\u2029]/g, "")),
      type: fc.constantFrom("counter", "gauge"),
      labels: fc.dictionary(fc.string({ maxLength: 5 }), fc.string({ maxLength: 8 }), { maxKeys: 3 }),
      value: fc.double(),
    });
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 5 }), (samples) => {
        for (const line of prometheusText(samples).split("\n").slice(0, -1)) expect(line).toMatch(LINE);
      }),
    );
  });
});

describe("log", () => {
  const make = (level: LogLevel = "info") => {
    const written: string[] = [];
    const log = createLog({
      level,
      write: (line) => written.push(line),
      linesMax: 4,
      nowMs: () => 0,
      base: { node: 1 },
    });
    return { log, written };
  };

  test("lines are JSON with a level in words, a time and the message; the level can change", () => {
    const { log, written } = make();
    log.logger.debug("not yet");
    log.setLevel("debug");
    log.logger.debug({ order: 7 }, "now");
    expect(written).toEqual(['{"level":"debug","time":"1970-01-01T00:00:00.000Z","node":1,"order":7,"msg":"now"}\n']);
    expect(() => log.setLevel("loud" as LogLevel)).toThrow(/ValueOutOfRange/);
  });

  test("secrets never come out: by field name at any depth, by text in any place", () => {
    const { log, written } = make();
    const token = "mlt_0123456789abcdef";
    expect(log.secrets.add(token)).toBe(true);
    expect(log.secrets.add("short")).toBe(false);
    log.logger.info({ req: { headers: { Authorization: `Bearer ${token}`, cookie: "a=b" } }, apiKey: "k-1234" }, "in");
    log.logger.warn(`the token is ${token}`);
    log.logger.error(new Error(`failed with ${token}`));
    const all = written.join("") + JSON.stringify(log.last(10));
    expect(written.length).toBe(3);
    for (const secret of [token, "a=b", "k-1234"]) expect(all).not.toContain(secret);
    expect(all).toContain(REDACTED);
    expect(all).toContain("failed with");
  });

  test("cycles and depth end; other values stay as they are", () => {
    const cycle: Record<string, unknown> = { n: 1 };
    cycle["self"] = cycle;
    expect(JSON.stringify(redactFields(cycle))).toContain("[deep]");
    expect(redactFields({ a: [1, { password: "x", b: null }] })).toEqual({ a: [1, { password: REDACTED, b: null }] });
    const texts = new SecretTexts();
    texts.add('quote"secret');
    expect(texts.hide(JSON.stringify({ a: 'quote"secret' }))).toBe(`{"a":"${REDACTED}"}`);
  });

  test("the ring holds the newest lines in order", () => {
    const ring = new LineRing(3);
    expect(ring.last(5)).toEqual([]);
    for (let n = 1; n <= 5; n++) ring.push(`{"n":${n}}`);
    expect(ring.last(10)).toEqual([{ n: 3 }, { n: 4 }, { n: 5 }]);
    expect(ring.last(1)).toEqual([{ n: 5 }]);
    ring.push("not json");
    ring.push("[1]");
    expect(ring.last(2)).toEqual([{ msg: "not json" }, { msg: "[1]" }]);
    expect(ring.count).toBe(7);
    expect(() => new LineRing(0)).toThrow(/LimitRelationBroken/);
  });
});
