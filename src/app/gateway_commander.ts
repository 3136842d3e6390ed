/** The commander of a gateway: commands go to the engine of the moment; kill and resume act by themselves first. */

import type { CommandAnswer, Commander } from "../control/ports.ts";
import type { BookView } from "../control/views.ts";
import { Code } from "../core/code.ts";
import { type Problem, ProblemError, problem } from "../core/problem.ts";
import { RecordKind, Scope, TradingRecord } from "../model/record.ts";
import type { KillFile } from "./kill_file.ts";
import { findStrategy } from "./strategy_loader.ts";
import type { Supervisor } from "./supervisor.ts";

export class GatewayCommander implements Commander {
  constructor(
    readonly supervisor: Supervisor,
    readonly killFile: KillFile,
    readonly nowUs: () => number,
  ) {}

  send(command: TradingRecord): Promise<CommandAnswer> {
    const { line } = this.supervisor;
    if (line !== undefined) return line.send(command);
    return Promise.reject(new ProblemError(problem(Code.NotReady, "there is no engine now")));
  }

  /** The word first: the gate is closed before anything is written, asked or answered. */
  kill(scope: Scope, key: number, why: string): Promise<CommandAnswer> {
    if (scope === Scope.Firm) {
      this.supervisor.setKillWord(true);
      this.killFile.write(why, this.nowUs());
    }
    return this.send(scoped(RecordKind.CommandKill, scope, key, why));
  }

  resume(scope: Scope, key: number, why: string): Promise<CommandAnswer> {
    if (scope === Scope.Firm) {
      this.killFile.remove();
      this.supervisor.setKillWord(false);
    }
    return this.send(scoped(RecordKind.CommandResume, scope, key, why));
  }

  /** Types are checked here: a second of work that the engine thread must not spend. */
  async prepare(strategy: string): Promise<Problem | undefined> {
    const found = await findStrategy(strategy);
    if (!("kind" in found)) return found[0] ?? problem(Code.StrategyNotFound, `no strategy ${strategy}`);
    return this.supervisor.ask({ type: "prepare", strategy });
  }

  book(instrument: number, levels: number): Promise<BookView | undefined> {
    return this.supervisor.ask({ type: "book", instrument, levels });
  }
}

function scoped(kind: RecordKind, scope: Scope, key: number, why: string): TradingRecord {
  const command = new TradingRecord().reset(kind);
  command.scope = scope;
  command.text = why;
  if (scope === Scope.Instance) command.instance = key;
  else if (scope === Scope.Instrument) command.instrument = key;
  else if (scope === Scope.Account) command.account = key;
  return command;
}
