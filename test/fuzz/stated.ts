/** The numbers that a message states, read by other means than the product's: what a decoder tells must be among them. */

const DECIMAL = /^(\d+)(?:\.(\d+))?$/;

/** Every leaf of the message as whole number of 10^-scale; leaves that are no such number are none. */
export class Stated {
  readonly #leaves = new Set<string>();
  readonly #byScale = new Map<number, Set<number>>();

  constructor(message: unknown) {
    this.#collect(message);
  }

  /** Zero is stated by whoever states nothing. */
  has(mantissa: number, scale: number): boolean {
    return mantissa === 0 || this.#at(scale).has(mantissa);
  }

  /** The same, where decimals beyond the scale are cut off. */
  hasCut(mantissa: number, scale: number): boolean {
    if (this.has(mantissa, scale)) return true;
    return [...this.#leaves].some((leaf) => {
      const [found, whole = "", part = ""] = DECIMAL.exec(leaf) ?? [];
      return found !== undefined && BigInt(whole + part.slice(0, scale).padEnd(scale, "0")) === BigInt(mantissa);
    });
  }

  /** An amount of money, of either sign. */
  hasMoney(text: string): boolean {
    const wanted = lean(text);
    return wanted === "0" || [...this.#leaves].some((leaf) => lean(leaf) === wanted);
  }

  #collect(node: unknown): void {
    if (typeof node === "string" || typeof node === "number") this.#leaves.add(String(node));
    else if (typeof node === "object" && node !== null) for (const value of Object.values(node)) this.#collect(value);
  }

  #at(scale: number): Set<number> {
    const known = this.#byScale.get(scale);
    if (known !== undefined) return known;
    const made = new Set<number>();
    for (const leaf of this.#leaves) {
      const [found, whole = "", part = ""] = DECIMAL.exec(leaf) ?? [];
      if (found === undefined || part.slice(scale).replaceAll("0", "") !== "") continue;
      const mantissa = BigInt(whole + part.slice(0, scale).padEnd(scale, "0"));
      if (mantissa <= BigInt(Number.MAX_SAFE_INTEGER)) made.add(Number(mantissa)); // number-ok: a BigInt in range
    }
    this.#byScale.set(scale, made);
    return made;
  }
}

/** Without sign and zeros at the ends: each number has one text. */
function lean(text: string): string {
  const [found, whole = "", part = ""] = DECIMAL.exec(text.replace(/^-/, "")) ?? [];
  if (found === undefined) return "none";
  const digits = part.replace(/0+$/, "");
  return `${whole.replace(/^0+(?=\d)/, "")}${digits === "" ? "" : `.${digits}`}`;
}
