/** The commander of a gateway: commands go to the engine of the moment; kill and resume act by themselves first. */

import type { CommandAnswer, Commander } from "../control/ports.ts";
import type { BookView } from "../control/views.ts";
import { Code } from "../core/code.ts";
import { type Problem, ProblemError, problem } from "../core/problem.ts";
import type { DurableState } from "../engine/durable.ts";
import { readDefinition } from "../engine/instance_definition.ts";
import { RecordKind, Scope, TradingRecord } from "../model/record.ts";
import { clearKillFile, type KillScope, readKillFile, writeKillFile } from "./kill_file.ts";
import { findChecked } from "./strategy_checked.ts";
import type { Supervisor } from "./supervisor.ts";

/** How long a kill waits for its record before it is answered without. */
const KILL_ANSWER_MS = 1_000;
/** The engine denies these from here on, by a record for which the ring soon has no room: they are kept away from it. */
const RING_FULL = 0.9;
const OPENS: readonly RecordKind[] = [RecordKind.CommandPlace, RecordKind.CommandAmend];

export class GatewayCommander implements Commander {
  constructor(
    readonly supervisor: Supervisor,
    readonly dataDir: string,
    readonly nowUs: () => number,
  ) {}

  send(command: TradingRecord): Promise<CommandAnswer> {
    if (OPENS.includes(command.kind) && this.supervisor.ringOccupancy() >= RING_FULL) {
      return Promise.reject(new ProblemError(problem(Code.NotReady, "the journal is far behind: see to the disk")));
    }
    if (this.supervisor.running) return this.#sendAtAnyTime(command);
    // It would wait, and then be decided for somebody who has given up.
    return Promise.reject(new ProblemError(problem(Code.NotReady, "the engine is starting")));
  }

  /** The word first: the gate is closed before anything is asked, written or answered. */
  kill(scope: Scope, key: number, why: string, venue = ""): Promise<CommandAnswer> {
    if (scope === Scope.Firm) this.supervisor.setKillWord(true);
    // Then the engine, then the file: a disk that does not answer holds this thread, and must not hold the kill.
    const answer = this.#sendAtAnyTime(scoped(RecordKind.CommandKill, scope, key, why, venue));
    const time = new Date(this.nowUs() / 1_000).toISOString(); // det-ok: a time as text
    try {
      writeKillFile(this.dataDir, { ...named(this.supervisor.replica.state, scope, key, venue), why, time });
    } catch (error) {
      // The disk may be full. The word and the record kill all the same, only not beyond a restart of the host.
      const detail = `the KILL file was not written: ${error instanceof Error ? error.message : String(error)}`;
      this.supervisor.note(problem(Code.DataDirUnwritable, detail));
    }
    return this.#recorded(answer, scope);
  }

  /**
   * All of it or nothing: an engine that could not record it leaves word and file as they are. Rejects with
   * DataDirUnwritable when the file cannot be changed: the kill then stays, here and at the next start.
   */
  async resume(scope: Scope, key: number, why: string, venue = ""): Promise<CommandAnswer> {
    const command = scoped(RecordKind.CommandResume, scope, key, why, venue);
    if (!this.supervisor.running) return this.send(command);
    const { scope: name, key: keyName } = named(this.supervisor.replica.state, scope, key, venue);
    try {
      clearKillFile(this.dataDir, name, keyName);
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      throw new ProblemError(problem(Code.DataDirUnwritable, `the KILL file cannot be changed: ${said}`));
    }
    // Only a resume of the firm may open the gate: its kill may stand in the word alone, when the disk was full.
    if (scope === Scope.Firm) {
      this.supervisor.setKillWord(readKillFile(this.dataDir).some((entry) => entry.scope === "firm"));
    }
    return this.send(command);
  }

  /** A kill is in force before it is recorded: a slow disk or a missing engine must not keep the asker waiting. */
  async #recorded(answer: Promise<CommandAnswer>, scope: Scope): Promise<CommandAnswer> {
    const done = scope === Scope.Firm ? "the gate is closed and the KILL file is written" : "the KILL file is written";
    let timer: Timer | undefined;
    const late = new Promise<never>((_, reject) => {
      const found = problem(Code.OutcomeUnknown, `${done}; its record is not durable yet: see to the disk`);
      timer = setTimeout(() => reject(new ProblemError(found)), KILL_ANSWER_MS);
    });
    try {
      return await Promise.race([answer, late]);
    } catch (error) {
      if (error instanceof ProblemError && error.problem.detail.startsWith(done)) throw error;
      const said = error instanceof Error ? error.message : String(error);
      throw new ProblemError(problem(Code.OutcomeUnknown, `${done}; the engine has not recorded it yet: ${said}`));
    } finally {
      clearTimeout(timer);
      answer.catch(() => {}); // Whoever asked was told already.
    }
  }

  /** Types are checked here: a second of work that the engine thread must not spend. */
  async prepare(strategy: string): Promise<Problem | undefined> {
    const found = await findChecked(strategy);
    if (!("kind" in found)) return found[0] ?? problem(Code.StrategyNotFound, `no strategy ${strategy}`);
    return this.supervisor.ask({ type: "prepare", strategy });
  }

  book(instrument: number, levels: number): Promise<BookView | undefined> {
    return this.supervisor.ask({ type: "book", instrument, levels });
  }

  /** An engine that recovers takes it in its first turn. */
  #sendAtAnyTime(command: TradingRecord): Promise<CommandAnswer> {
    const { line } = this.supervisor;
    if (line !== undefined) return line.send(command);
    return Promise.reject(new ProblemError(problem(Code.NotReady, "there is no engine now")));
  }
}

function scoped(kind: RecordKind, scope: Scope, key: number, why: string, venue: string): TradingRecord {
  const command = new TradingRecord().reset(kind);
  command.scope = scope;
  command.text = why;
  if (scope === Scope.Instance) command.instance = key;
  else if (scope === Scope.Instrument) command.instrument = key;
  else if (scope === Scope.Account) command.account = key;
  else if (scope === Scope.Venue) command.venueOrderId = venue;
  return command;
}

/** Scope and key as the KILL file names them: by names, which people write. */
function named(state: DurableState, scope: Scope, key: number, venue: string): { scope: KillScope; key: string } {
  switch (scope) {
    case Scope.Account:
      return { scope: "account", key: state.accounts.get(key)?.name ?? "" };
    case Scope.Venue:
      return { scope: "venue", key: venue };
    case Scope.Instrument:
      return { scope: "instrument", key: state.instruments.get(key)?.name ?? "" };
    case Scope.Instance:
      return { scope: "instance", key: readDefinition(state.instances.get(key)?.definition ?? "")?.name ?? "" };
    default:
      return { scope: "firm", key: "" };
  }
}
