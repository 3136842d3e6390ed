/** The streams of Binance's own clients: each tells something, then all end. */

import { until } from "./check.ts";
import type { Diary } from "./diary.ts";

const MESSAGE_MS = 300;

export interface OfficialStream {
  on(event: "message", told: () => void): unknown;
  unsubscribe(): unknown;
}

/** Waits until each has told twice, and ends them one by one. */
export async function allTell(all: Readonly<Record<string, OfficialStream>>, diary: Diary): Promise<void> {
  const counts = new Map<string, number>();
  for (const [name, stream] of Object.entries(all))
    stream.on("message", () => {
      counts.set(name, (counts.get(name) ?? 0) + 1);
      diary.message(name);
    });
  for (const name of Object.keys(all)) await until(() => (counts.get(name) ?? 0) > 1, name, 10_000);
  // The venue hangs up on who sends more than five messages in a second; its own client does not count them.
  await Bun.sleep(1_000);
  for (const stream of Object.values(all)) {
    await Bun.sleep(MESSAGE_MS);
    stream.unsubscribe();
  }
}
