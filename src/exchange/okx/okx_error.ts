/** An error as OKX words it: a code that is text, and an HTTP status that says little. */

export class OkxError extends Error {
  override readonly name = "OkxError";
  constructor(
    readonly code: string,
    readonly msg: string,
    readonly status = 200,
  ) {
    super(`${code} ${msg}`);
  }
}

/** `Parameter px error`, or that it is missing. */
export function parameterError(name: string, isMissing = false): OkxError {
  if (isMissing) return new OkxError("50014", `Parameter ${name} cannot be empty.`, 400);
  return new OkxError("51000", `Parameter ${name} error`, 400);
}
