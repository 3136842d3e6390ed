/** Replay: the engine over captured frames, a virtual clock and a simulated venue. Nothing else differs from live. */

import type { Capture } from "../data/capture_reader.ts";
import { DurableState } from "../engine/durable.ts";
import { Engine } from "../engine/engine.ts";
import { MarketState } from "../market/market.ts";
import { MarketLane } from "../ring/market_lane.ts";
import { MessageLane } from "../ring/message_lane.ts";
import { BinanceDecoder } from "../venue/binance/decode.ts";
import { ReplayGateway } from "../venue/replay/gateway.ts";
import type { ReplayParts } from "./replay_venue.ts";

export class ReplayRig {
  readonly state: DurableState;
  readonly market: MarketState;
  readonly engine: Engine;
  readonly decoder: BinanceDecoder;
  readonly gateway: ReplayGateway;

  constructor({ limits, journal, market, seed, gateway, checkQuotes }: ReplayParts) {
    const lane = MarketLane.create(limits);
    const lanes = { private: MessageLane.create(limits), commands: MessageLane.create(limits), market: lane };
    const killWord = new Int32Array(new SharedArrayBuffer(4));
    this.state = new DurableState(limits);
    this.market = new MarketState(limits, { checkQuotes });
    this.decoder = new BinanceDecoder(market, lane, limits);
    this.engine = new Engine({ limits, state: this.state, market: this.market, journal, lanes, killWord, seed });
    const { instruments, ledger } = this.state;
    const assetId = (code: string) => ledger.assetId(code) ?? 0;
    this.gateway = new ReplayGateway(0, this.market, instruments, assetId, lanes.private, this.engine, limits, gateway);
    this.engine.addGateway(this.gateway);
    this.engine.setTap(this.gateway);
  }

  /** Frames `from` … `to - 1`: before each, what the venue has done by then; then the frame itself. */
  run(capture: Capture, from: number, to: number): void {
    const { engine, gateway, decoder } = this;
    for (let i = from; i < to; i++) {
      const timeUs = capture.receiveTimesUs[i] as number;
      while (gateway.nextDueUs() <= timeUs) {
        gateway.advance(gateway.nextDueUs());
        engine.poll();
      }
      const symbol = capture.snapshotSymbols.size === 0 ? undefined : capture.snapshotSymbols.get(i);
      if (symbol === undefined) decoder.decode(capture.texts[i] as string, timeUs);
      else decoder.decodeDepthSnapshot(capture.texts[i] as string, timeUs, symbol);
      engine.poll();
    }
  }
}
