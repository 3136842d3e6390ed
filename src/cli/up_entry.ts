/** Where the verb `up` meets the gateway: `app/gateway.ts` is loaded here, and only when it is to run. */

import { Code } from "../core/code.ts";
import { ProblemError, problem } from "../core/problem.ts";
import type { StartGateway } from "./up.ts";

export async function loadStartGateway(): Promise<StartGateway> {
  throw new ProblemError(problem(Code.NotReady, "this build has no gateway yet", {}, "run `meltica replay` meanwhile"));
}
