/** An ask of a dead-man switch is told as its answer says it: taken, refused, unknown, never sent. */

import { expect, test } from "bun:test";
import { Code } from "../../core/code.ts";
import { DeadManDesk } from "./dead_man_desk.ts";
import { failed, type RestAsk, type VenueAnswer } from "./live_answer.ts";

const ASK: RestAsk = { method: "POST", path: "/switch", params: [], security: "signed", weight: 1 };
const TAKEN: VenueAnswer = { isOk: true, value: {}, code: 0, msg: "", isSent: true };

function rig() {
  const open: ((answer: VenueAnswer) => void)[] = [];
  const refused: string[] = [];
  const told: [string, Code][] = [];
  const desk = new DeadManDesk(
    (_, done) => open.push(done),
    (why) => refused.push(why),
  );
  return { desk, open, refused, told, tell: (name: string) => (code: Code) => told.push([name, code]) };
}

test("told once it is answered, by what the answer says", () => {
  const { desk, open, refused, told, tell } = rig();
  const answers = [TAKEN, failed(-1102, "bad"), failed(0, "cut"), failed(0, "too many", false)];
  for (const [at, answer] of answers.entries()) {
    desk.ask(ASK, tell(String(at)));
    expect(told.length).toBe(at);
    open.shift()?.(answer);
  }
  const codes = [Code.Ok, Code.AnswerRefused, Code.AnswerMissing, Code.RequestBudgetSpent];
  expect(told.map(([, code]) => code)).toEqual(codes);
  expect(refused).toEqual(["bad", "cut", "too many"]);
});

test("what another stands for shares its fate, before and after its answer; a later one has its own", () => {
  const { desk, open, told, tell } = rig();
  desk.stand(tell("none"));
  desk.ask(ASK, tell("first"));
  desk.stand(tell("second"));
  expect(told).toEqual([["none", Code.AnswerMissing]]);
  open.shift()?.(failed(-1, "no"));
  desk.stand(tell("third"));
  desk.ask(ASK, tell("fourth"));
  open.shift()?.(TAKEN);
  desk.stand(tell("fifth"));
  desk.unsent();
  desk.stand(tell("sixth"));
  expect(told.slice(1)).toEqual([
    ["first", Code.AnswerRefused],
    ["second", Code.AnswerRefused],
    ["third", Code.AnswerRefused],
    ["fourth", Code.Ok],
    ["fifth", Code.Ok],
    ["sixth", Code.RequestBudgetSpent],
  ]);
});
