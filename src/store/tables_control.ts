/** Tables of limits, breaches, what people did, and how far the readers of records are. */

import type { Table } from "./columns.ts";

export const CONTROL_TABLES = {
  riskLimits: {
    name: "risk_limits",
    note: "limits of a scope as they were set by a record; the newest is in force",
    columns: {
      scope: { kind: "text" },
      scopeKey: { kind: "text" },
      record: { kind: "int" },
      limits: { kind: "json" },
      timeUs: { kind: "timeUs" },
    },
    key: ["scope", "scopeKey", "record"],
    indexes: [["record"]],
  },
  riskBreaches: {
    name: "risk_breaches",
    note: "a kill, a breaker, or a break between ours and the venue's",
    columns: {
      record: { kind: "int" },
      kind: { kind: "text", note: "name of the record's kind" },
      scope: { kind: "text" },
      scopeKey: { kind: "text" },
      code: { kind: "text", nullable: true },
      text: { kind: "text" },
      timeUs: { kind: "timeUs" },
      endedRecord: { kind: "int", nullable: true },
      endedUs: { kind: "timeUs", nullable: true },
    },
    key: ["record"],
    indexes: [["timeUs"]],
  },
  controlAudit: {
    name: "control_audit",
    note: "what a person or a program told the gateway to do, beside orders",
    columns: {
      record: { kind: "int" },
      action: { kind: "text" },
      scope: { kind: "text" },
      scopeKey: { kind: "text" },
      actor: { kind: "text" },
      text: { kind: "text" },
      detail: { kind: "json" },
      timeUs: { kind: "timeUs" },
    },
    key: ["record"],
    indexes: [["timeUs"]],
  },
  cursors: {
    name: "cursors",
    note: "how far a reader of the journal is: the projection itself, and each outbox",
    columns: {
      name: { kind: "text" },
      record: { kind: "int", note: "the last one that was taken" },
      source: { kind: "text", note: "which journal it is a record of; empty: not said" },
    },
    key: ["name"],
    indexes: [],
  },
} as const satisfies Readonly<Record<string, Table>>;
