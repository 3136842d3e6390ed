/** The line to an engine: answers find their command, wait for their record, and one that is lost is not waited for. */

import { describe, expect, test } from "bun:test";
import { DEFAULT_LIMITS } from "../core/limits.ts";
import { RecordKind, TradingRecord } from "../model/record.ts";
import { MessageLane } from "../ring/message_lane.ts";
import { CommandLine } from "./commander.ts";

function rig() {
  const buffer = () => new SharedArrayBuffer(MessageLane.bytes(DEFAULT_LIMITS.messageLaneBytes));
  const [commands, answers] = [buffer(), buffer()];
  const line = new CommandLine(
    commands,
    answers,
    DEFAULT_LIMITS,
    () => 1,
    () => {},
  );
  const engineCommands = new MessageLane(commands, DEFAULT_LIMITS);
  const engineAnswers = new MessageLane(answers, DEFAULT_LIMITS);
  const sent: string[] = [];
  const send = () => {
    const at = sent.push("waits") - 1;
    line.send(new TradingRecord().reset(RecordKind.CommandTick)).then(
      (answer) => (sent[at] = `record ${answer.record}`),
      (error) => (sent[at] = error.problem.code),
    );
  };
  /** The engine takes one command, and answers it unless told otherwise. */
  const decide = (record: number, isAnswered = true) => {
    const command = new TradingRecord();
    expect(engineCommands.take(command)).toBe(true);
    command.record = record;
    if (isAnswered) expect(engineAnswers.put(command)).toBe(true);
  };
  return { line, sent, send, decide };
}

describe("a command line", () => {
  test("answers when the record is in the read model, and not before", async () => {
    const { line, sent, send, decide } = rig();
    for (let n = 0; n < 2; n++) send();
    decide(7);
    decide(8);
    line.poll(7);
    await Bun.sleep(0);
    expect(sent).toEqual(["record 7", "waits"]);
    line.close("it is replaced");
    await Bun.sleep(0);
    expect(sent).toEqual(["record 7", "OutcomeUnknown"]);
    expect(line.waiting).toBe(0);
  });

  test("does not wait for an answer that was lost: those behind it came", async () => {
    const { line, sent, send, decide } = rig();
    for (let n = 0; n < 3; n++) send();
    decide(7);
    decide(8, false);
    decide(9);
    line.poll(9);
    await Bun.sleep(0);
    expect(sent).toEqual(["record 7", "OutcomeUnknown", "record 9"]);
    expect(line.waiting).toBe(0);
  });
});
