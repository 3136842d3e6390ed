/** Reads a request's body: bounded, JSON only. */

import { Code } from "../core/code.ts";
import { httpProblem } from "./http_problem.ts";

const JSON_TYPE = /^application\/json *(; *charset=("?)utf-8\2 *)?$/i;

/** The value, or undefined when there is no body. Throws 413, 415 or 400. */
export async function readBody(request: Request, bytesMax: number): Promise<unknown> {
  const declared = request.headers.get("content-length");
  if (declared !== null && Number.parseInt(declared, 10) > bytesMax) throw tooLarge(bytesMax);
  if (request.body === null) return undefined;
  const bytes = await readBounded(request.body, bytesMax);
  if (bytes.length === 0) return undefined;
  const type = request.headers.get("content-type") ?? "";
  if (!JSON_TYPE.test(type)) {
    throw httpProblem(Code.MediaTypeUnsupported, `content type ${JSON.stringify(type)} is not taken`);
  }
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    const why = error instanceof Error ? error.message : "";
    throw httpProblem(Code.BodyInvalid, `the body is not JSON: ${why}`, { status: 400, hint: "send one JSON value" });
  }
}

async function readBounded(stream: ReadableStream<Uint8Array>, bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch(cutOff);
    if (done) break;
    length += value.length;
    if (length > bytesMax) {
      await reader.cancel();
      throw tooLarge(bytesMax);
    }
    chunks.push(value);
  }
  return Buffer.concat(chunks);
}

/** The client went away, or its chunks are no chunks: nobody may read the answer, and it is no fault of ours. */
function cutOff(): never {
  throw httpProblem(Code.BodyInvalid, "the body ended before it was whole", { status: 400, hint: "send it again" });
}

function tooLarge(bytesMax: number): Error {
  return httpProblem(Code.BodyTooLarge, `the body is over ${bytesMax} bytes`, { headers: { connection: "close" } });
}
