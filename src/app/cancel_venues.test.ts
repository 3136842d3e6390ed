/** Every venue that trades live can be canceled at; a key that cannot be read is tried again, and nobody else waits for it. */

import { expect, test } from "bun:test";
import { Code } from "../core/code.ts";
import { ProblemError, problem } from "../core/problem.ts";
import { KeyMaterial } from "../secrets/key_material.ts";
import { HmacSigner } from "../secrets/request_signer.ts";
import { CancelAllOutcome } from "../venue/wire/cancel_all.ts";
import { Scripted } from "../venue/wire/http.testing.ts";
import { CANCEL_ADAPTERS, cancelAllClient, type WatchedAccount } from "./cancel_venues.ts";
import { LIVE_VENUES } from "./live_venues.ts";

const key = () => ({ apiKey: "k", passphrase: "p", signer: new HmacSigner(KeyMaterial.ofText("s")) });
const account: WatchedAccount = {
  ...{ name: "main", adapter: "binance-spot", restUrl: "http://venue/", isDemo: false, symbols: ["BTCUSDT"] },
  key,
};
const nowUs = () => 1_700_000_000_000_000;

test("every adapter of live accounts has a way to cancel", () => {
  for (const adapter of Object.keys(LIVE_VENUES)) expect(CANCEL_ADAPTERS).toContain(adapter);
});

test("each way makes a client that asks its venue", async () => {
  for (const adapter of CANCEL_ADAPTERS) {
    const rest = new Scripted({});
    const report = await cancelAllClient({ ...account, adapter }, { rest, nowUs }).pass();
    expect(report).toMatchObject({ outcome: CancelAllOutcome.Unknown, open: -1 });
    expect(rest.asked.length).toBeGreaterThan(1);
    for (const { url } of rest.asked) expect(url).toMatch(/^http:\/\/venue\/(api|fapi|v5)\//);
  }
});

test("a key that cannot be read, an adapter that nobody knows: said, never thrown; and it heals", async () => {
  const rest = new Scripted({ "GET /api/v3/time": [[200, { serverTime: 1 }]], "GET /api/v3/openOrders": [[200, []]] });
  let isReadable = false;
  const keyless = () => {
    if (!isReadable) throw new ProblemError(problem(Code.SecretMissing, "variable K is not set"));
    return key();
  };
  const client = cancelAllClient({ ...account, key: keyless }, { rest, nowUs });
  expect(await client.check()).toContain("variable K is not set");
  expect(await client.pass()).toMatchObject({ outcome: CancelAllOutcome.Refused, open: -1, canceled: 0 });
  expect(rest.asked).toHaveLength(0);
  isReadable = true;
  expect(await client.check()).toBe("");
  expect((await client.pass()).outcome).toBe(CancelAllOutcome.NoneOpen);
  const odd = cancelAllClient({ ...account, adapter: "constructor" }, { rest, nowUs });
  expect(await odd.check()).toContain("nothing cancels at constructor");
});
