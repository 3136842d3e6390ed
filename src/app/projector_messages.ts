/** What the control thread and the projector's thread say to each other. */

import type { HistoryReads } from "../control/ports.ts";
import type { Limits } from "../core/limits.ts";
import type { Problem } from "../core/problem.ts";
import type { RowChange } from "../store/store.ts";
import type { Config } from "./config_schema.ts";
import type { OutboxFigures } from "./outbox.ts";
import type { ProjectorFigures } from "./projector.ts";

export interface ProjectorStart {
  readonly type: "start";
  readonly config: Config;
  readonly limits: Limits;
  readonly dataDir: string;
  readonly journalDir: string;
}

/** A new engine's ring and the journal's words; `durable` is known to be durable. */
export interface ProjectorFollow {
  readonly type: "follow";
  readonly ring: SharedArrayBuffer;
  readonly words: SharedArrayBuffer;
  readonly durable: number;
}

export interface ProjectorAsk {
  readonly type: "ask";
  readonly id: number;
  readonly method: keyof HistoryReads;
  readonly parameters: readonly unknown[];
}

export type ToProjector =
  | ProjectorStart
  | ProjectorFollow
  | ProjectorAsk
  /** Rows that no record brings. */
  | { readonly type: "rows"; readonly rows: readonly RowChange[] }
  | { readonly type: "stop" };

export type FromProjector =
  | {
      readonly type: "figures";
      readonly figures: ProjectorFigures;
      readonly outbox: readonly OutboxFigures[];
      /** Why nothing is projected now: no waiting cures it, only a rebuild or somebody's hand. */
      readonly ended: Problem | undefined;
    }
  | { readonly type: "problem"; readonly problem: Problem }
  | { readonly type: "answer"; readonly id: number; readonly answer?: unknown; readonly problem?: Problem }
  | { readonly type: "stopped" };
