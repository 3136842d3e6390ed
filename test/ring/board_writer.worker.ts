/** Writes one board cell over and over: all columns hold the same number, so a torn read shows. */

import { BOARD_COLUMNS, MarketBoard } from "../../src/ring/board.ts";

declare const self: Worker;

self.onmessage = (event: MessageEvent) => {
  const { buffer, instrument, writes } = event.data as {
    buffer: SharedArrayBuffer;
    instrument: number;
    writes: number;
  };
  const board = new MarketBoard(buffer);
  postMessage("started");
  for (let n = 1; n <= writes; n++) {
    board.begin(instrument);
    for (let column = 0; column < BOARD_COLUMNS; column++) board.set(instrument, column, n);
    board.end(instrument);
  }
};
