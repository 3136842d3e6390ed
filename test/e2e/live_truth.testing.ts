/** What the gateway and the venues hold apart, in words, by account. */

import type { GatewayProcess, Json } from "./gateway_process.testing.ts";
import { SITES, type Site } from "./live_sites.testing.ts";
import type { VenueProcess } from "./live_venue.testing.ts";

/**
 * Both are asked when nothing is on its way. What open contracts have realised so far depends on the order in which fills
 * were counted: their cash is compared when they are flat.
 */
export async function differences(
  gateway: GatewayProcess,
  venue: VenueProcess,
  isFlat = false,
  sites = SITES,
): Promise<string[]> {
  const ours: Ours = {
    balances: await gateway.all("/api/v1/balances"),
    positions: await gateway.all("/api/v1/positions"),
    orders: await gateway.all("/api/v1/orders"),
    executions: await gateway.all("/api/v1/executions"),
  };
  const all = await venue.truth();
  const found: string[] = [];
  for (const site of sites) {
    const truth = all[site.account];
    const wrong = [
      ...positionDifferences(site, truth, ours),
      ...balanceDifferences(site, truth, ours, isFlat),
      ...orderDifferences(site, truth, ours),
    ];
    found.push(...wrong.map((text) => `${site.account}: ${text}`));
  }
  return found;
}

/** What a venue may have rounded away of profits. */
const ROUNDED = 1e-6;

interface Ours {
  readonly balances: readonly Json[];
  readonly positions: readonly Json[];
  readonly orders: readonly Json[];
  readonly executions: readonly Json[];
}

function positionDifferences({ account, markets }: Site, truth: Json, { positions }: Ours): string[] {
  return markets.flatMap(({ instrument, key, isPerp }) => {
    if (!isPerp) return [];
    const theirs = (truth.positions as Json[]).find(({ symbol }) => symbol === key)?.qty ?? "0";
    const mine = positions.find((row) => row.account === account && row.instrument === instrument)?.qty ?? "0";
    return mine === theirs ? [] : [`${instrument}: ours ${mine}, the venue's ${theirs}`];
  });
}

function balanceDifferences({ account }: Site, truth: Json, { balances }: Ours, isFlat: boolean): string[] {
  const isMoving = (truth.positions as Json[]).some(({ qty }) => qty !== "0");
  const found = isFlat && isMoving ? ["not flat"] : [];
  for (const [asset, { free, locked }] of Object.entries<Json>(truth.balances)) {
    if (isMoving && asset === "USDT") continue;
    const mine = balances.find((row) => row.account === account && row.asset === asset)?.total ?? "0";
    const theirs = sumText(free, locked);
    // Taken over by the next look at balances that finds the account flat: then it is compared to the last unit.
    if (!isFlat && asset === "USDT" && Math.abs(Number(mine) - Number(theirs)) <= ROUNDED) continue; // number-ok: a bound
    if (mine !== theirs) found.push(`${asset}: ours ${mine}, the venue's ${theirs}`);
  }
  return found;
}

/** One by one: what we know of is what the venue has, and the venue has nothing twice. */
function orderDifferences({ account }: Site, truth: Json, { orders, executions }: Ours): string[] {
  const found: string[] = [];
  if (truth.repeats > 0) found.push(`${truth.repeats} orders were submitted again`);
  const theirs = new Map<string, Json>();
  for (const order of truth.orders as Json[]) {
    if (theirs.has(order.clientId)) found.push(`${order.clientId} was placed twice`);
    theirs.set(order.clientId, order);
  }
  const mine = new Map(
    orders.filter((row) => row.account === account).map((row) => [row.clientOrderId as string, row]),
  );
  for (const [id, order] of theirs) {
    const row = mine.get(id);
    if (row === undefined) found.push(`the venue's ${id} is not known here`);
    else if (row.filledQty !== order.filledQty) found.push(`${id}: filled ${row.filledQty}, there ${order.filledQty}`);
  }
  for (const [id, row] of mine) if (Number(row.filledQty) > 0 && !theirs.has(id)) found.push(`${id} is only ours`);
  const fills = (truth.fills as Json[]).length;
  const known = executions.filter((row) => row.account === account).length;
  if (fills !== known) found.push(`${known} executions, the venue has ${fills}`);
  return found;
}

function scaled(text: string): bigint {
  const [whole = "0", fraction = ""] = text.replace("-", "").split(".");
  return BigInt(whole + fraction.padEnd(18, "0")) * (text.startsWith("-") ? -1n : 1n);
}

/** Exact, of two plain decimals. */
function sumText(a: string, b: string): string {
  const sum = scaled(a) + scaled(b);
  const digits = (sum < 0n ? -sum : sum).toString().padStart(19, "0");
  const fraction = digits.slice(-18).replace(/0+$/, "");
  return `${sum < 0n ? "-" : ""}${digits.slice(0, -18)}${fraction === "" ? "" : `.${fraction}`}`;
}
