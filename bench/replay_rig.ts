/** A whole replay rig over self-made frames, for the benches that measure the engine. */

import { ReplayRig } from "../src/app/replay.ts";
import { openSession, trialLimits } from "../src/app/session_setup.ts";
import { startStrategy } from "../src/app/session_strategy.ts";
import { DEFAULT_LIMITS } from "../src/core/limits.ts";
import type { Capture } from "../src/data/capture_reader.ts";
import type { Journal } from "../src/engine/ports.ts";
import { MemoryJournal } from "../src/journal/memory.ts";
import type { StrategyModule } from "../src/strategy/api.ts";
import { resolveParams } from "../src/strategy/params.ts";
import { InstrumentScan } from "../src/venue/binance/symbols.ts";

export function makeRig(
  capture: Capture,
  module: StrategyModule,
  limits: Readonly<Record<string, string>> = {},
  journal: Journal = new MemoryJournal(DEFAULT_LIMITS),
): ReplayRig {
  const rig = new ReplayRig({
    limits: DEFAULT_LIMITS,
    journal,
    market: "spot",
    seed: 1,
    gateway: { entryLatencyUs: 5_000, ackLatencyUs: 5_000, makerRate: 100_000, takerRate: 100_000, feeIn: "received" },
    checkQuotes: false,
  });
  const scan = new InstrumentScan();
  for (const text of capture.texts.slice(0, 2_000)) scan.add(text);
  const [draft] = scan.result("spot");
  if (draft === undefined) throw new Error("no instrument in the frames");
  const instrument = { ...draft, id: 0, revision: 1 };
  const startUs = capture.receiveTimesUs[0] ?? 0;
  const firstPrice = scan.firstPrice(instrument.venueSymbol, instrument.priceScale);
  openSession(rig.engine, {
    accountName: "bench",
    instruments: [instrument],
    balances: { USDT: "100000" },
    limits: [trialLimits(instrument, "100000", firstPrice, limits)],
    startUs,
  });
  rig.market.define(instrument);
  const { venueSymbol: symbol, priceScale, qtyScale } = instrument;
  rig.decoder.define({ symbol, instrument: 0, revision: 1, priceScale, qtyScale });
  const resolved = resolveParams(module.definition, {});
  if (!resolved.ok) throw new Error("parameters");
  const name = module.definition.name;
  const problems = startStrategy(rig.engine, { name, module, params: resolved.params, tf: "1s" }, instrument, startUs);
  if (problems.length > 0) throw new Error(problems[0]?.detail);
  return rig;
}
