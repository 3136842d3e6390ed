/** All signed requests that were recorded, and all signing vectors: our signers make the same signatures, our words the same bytes. */

import { describe, expect, test } from "bun:test";
import { KeyMaterial } from "../../src/secrets/key_material.ts";
import { HmacSigner } from "../../src/secrets/request_signer.ts";
import type { Param } from "../../src/venue/binance/order_params.ts";
import { type BinanceKey, signedParams, signedText } from "../../src/venue/binance/order_sign.ts";
import { requestsAs, TIME } from "../../src/venue/binance/order_sign_rig.testing.ts";
import { FIXTURES_REASON, fixturesPresent } from "../support/fixtures.ts";
import { type Recording, recordings } from "./requests.ts";

/** Whole requests as our gateways make them, by venue. Gateways to come join here. */
const OURS: Readonly<Record<string, (key: BinanceKey) => string[]>> = {
  "binance-spot": (key) => ofBinance("spot", "x-TKT5PX2F0000000000000000000001", "FULL", key),
  "binance-usdm": (key) => ofBinance("usdm", "x-cvBPrNm90000000000000000000001", "RESULT", key),
};

function ofBinance(market: "spot" | "usdm", id: string, as: "FULL" | "RESULT", key: BinanceKey): string[] {
  const all = requestsAs(market, id, as);
  // ccxt asks at sockets that limits are not told; we do not.
  const quiet = ["returnRateLimits", false] as unknown as Param;
  const sockets = [...all, [quiet]].flatMap((params) => [
    signedParams(params, TIME, key),
    signedParams([...params, quiet], TIME, key),
  ]);
  return [...all.map((params) => signedText(params, TIME, key)), ...sockets.map((params) => JSON.stringify(params))];
}

function judged({ venue, file, secret, apiKey, signed, unsigned }: Recording) {
  const signer = new HmacSigner(KeyMaterial.ofText(secret));
  const key = { apiKey, sign: (payload: string) => signer.sign(payload, "hex") };
  const ours = new Set(OURS[venue]?.(key) ?? []);
  const wrong = signed.filter(
    (each) => signer.sign(each.payload, each.encoding) !== decodeURIComponent(each.signature),
  );
  const isOurs = signed.map(({ whole }) => ours.has(whole));
  const others = signed.filter((_, at) => isOurs[at] !== true).map(({ name, via }) => `${via} ${name}`);
  return {
    file,
    unsigned,
    signed: signed.length,
    signatureEqual: signed.length - wrong.length,
    wholeEqual: isOurs.filter(Boolean).length,
    notMadeByUs: [...new Set(others)].sort(),
    wrong: wrong.map(({ name }) => name),
  };
}

describe.skipIf(!fixturesPresent)(`recorded requests (${FIXTURES_REASON})`, () => {
  test("every signature is ours byte for byte; what we send is, as a whole", () => {
    const rows = recordings().map(judged);
    expect(rows.flatMap(({ wrong }) => wrong)).toEqual([]);
    expect(
      rows.map(({ file, unsigned, signed, signatureEqual, wholeEqual }) =>
        [file, `${unsigned} unsigned`, `${signed} signed`, `${signatureEqual} equal`, `${wholeEqual} whole`].join(", "),
      ),
    ).toMatchSnapshot("counts");
    expect(Object.fromEntries(rows.map(({ file, notMadeByUs }) => [file, notMadeByUs]))).toMatchSnapshot("others");
  });

  test("another secret, another byte: another signature", () => {
    for (const { secret, signed } of recordings()) {
      const signer = new HmacSigner(KeyMaterial.ofText(secret));
      const other = new HmacSigner(KeyMaterial.ofText(`${secret}x`));
      for (const { payload, signature, encoding } of signed) {
        const sent = decodeURIComponent(signature);
        expect(other.sign(payload, encoding) === sent).toBe(false);
        expect(signer.sign(`${payload} `, encoding) === sent).toBe(false);
      }
    }
  });
});
