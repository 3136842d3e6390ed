/** What differs from venue to venue in how a market data connection is talked to; all else is `line`, `connection`, `subscriptions`. */

export type Control =
  /** To the control message `id`; undefined when the venue did not name it. `stream`: of one of its streams alone. */
  | {
      readonly kind: "answer";
      readonly id: number | undefined;
      readonly refused: boolean;
      readonly detail: string;
      readonly stream?: string;
    }
  /** A sign of life that is a text: the answer to a heartbeat. */
  | { readonly kind: "alive" }
  /** The venue will close soon. */
  | { readonly kind: "shutdown" }
  | { readonly kind: "other" };

export interface LineDialect {
  /** The control message that subscribes these streams, or leaves them. */
  request(subscribe: boolean, streams: readonly string[], id: number): string;
  /** True when the frame is data of a stream. Looks at its beginning only. */
  isData(text: string): boolean;
  /** A frame that is no data. Total: what is not understood is `other`. */
  readControl(text: string): Control;
  /** Text of our heartbeat; none: protocol pings. */
  readonly ping?: string;
  /** The venue wants to hear of us so often, whatever it says itself; none: only after silence. */
  readonly pingEveryUs?: number;
}
