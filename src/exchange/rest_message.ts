/** A request to the simulator and its answer, whatever the venue. */

export interface RestRequest {
  readonly method: string;
  /** Without prefix of a venue; with the query. */
  readonly path: string;
  readonly body: string;
  /** By their names in lower case; one that came twice is not here. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RestAnswer {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** How long the answer is held back. */
  readonly delayMs: number;
  /** True: the connection ends without it. */
  readonly isLost?: boolean;
}
