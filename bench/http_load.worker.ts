/** Asks a server on loopback as fast as it answers: raw sockets, kept alive, one request under way on each. */

import type { LoadOrder, LoadResult } from "./http_load.ts";

declare const self: Worker;

const SAMPLES_MAX = 1_000_000;
const HEAD_END = Buffer.from("\r\n\r\n");

interface Line {
  startedNs: number;
  /** What came of the answer under way; empty when nothing did. */
  got: Buffer[];
  gotBytes: number;
  /** Bytes of the whole answer, 0 = not known yet. */
  wantedBytes: number;
  isDone: boolean;
}

self.onmessage = async (event: MessageEvent<LoadOrder>) => {
  const order = event.data;
  try {
    postMessage(await load(order));
  } catch (error) {
    postMessage({ error: error instanceof Error ? error.message : String(error) });
  }
};

async function load(order: LoadOrder): Promise<LoadResult> {
  const request = Buffer.from(
    `GET ${order.path} HTTP/1.1\r\nHost: 127.0.0.1:${order.port}\r\nAuthorization: Bearer ${order.token}\r\n\r\n`,
  );
  const samples = new Float64Array(SAMPLES_MAX);
  const begunNs = Bun.nanoseconds();
  const untilNs = begunNs + order.ms * 1e6;
  let count = 0;
  let refused = 0;
  let bytes = 0;
  let open = 0;
  let lastNs = begunNs;
  const over = Promise.withResolvers<void>();
  const ask = (socket: Bun.Socket<Line>) => {
    socket.data.startedNs = Bun.nanoseconds();
    if (socket.write(request) !== request.length) over.reject(new Error("a request did not fit into the socket"));
  };
  const onAnswer = (socket: Bun.Socket<Line>, isOk: boolean) => {
    const line = socket.data;
    lastNs = Bun.nanoseconds();
    samples[count % SAMPLES_MAX] = (lastNs - line.startedNs) / 1_000;
    count++;
    if (!isOk) refused++;
    bytes += line.gotBytes;
    line.got = [];
    line.gotBytes = 0;
    line.wantedBytes = 0;
    if (lastNs < untilNs) return ask(socket);
    line.isDone = true;
    socket.end();
    if (--open === 0) over.resolve();
  };
  const handler: Bun.SocketHandler<Line> = {
    open: ask,
    data(socket, chunk) {
      const line = socket.data;
      if (line.wantedBytes === 0) {
        line.got.push(Buffer.from(chunk));
        line.gotBytes += chunk.length;
        line.wantedBytes = answerBytes(line.got.length === 1 ? chunk : Buffer.concat(line.got));
      } else line.gotBytes += chunk.length;
      if (line.wantedBytes === 0 || line.gotBytes < line.wantedBytes) return;
      onAnswer(socket, (line.got[0] as Buffer).subarray(9, 12).toString() === "200");
    },
    close: (socket) => {
      if (!socket.data.isDone) over.reject(new Error("the server closed a connection"));
    },
    error: (_socket, error) => over.reject(error),
  };
  open = order.connections;
  for (let n = 0; n < order.connections; n++) {
    const data: Line = { startedNs: 0, got: [], gotBytes: 0, wantedBytes: 0, isDone: false };
    await Bun.connect<Line>({ hostname: "127.0.0.1", port: order.port, socket: handler, data });
  }
  await over.promise;
  return {
    perSecond: (count * 1e9) / (lastNs - begunNs),
    latenciesUs: samples.slice(0, Math.min(count, SAMPLES_MAX)).sort(),
    refused,
    bytesPerAnswer: bytes / count,
  };
}

/** Head and body together; 0 while the head is not whole. */
function answerBytes(text: Buffer): number {
  const headEnd = text.indexOf(HEAD_END);
  if (headEnd < 0) return 0;
  const length = /\r\ncontent-length: (\d+)/i.exec(text.toString("latin1", 0, headEnd))?.[1];
  if (length === undefined) throw new Error("an answer without Content-Length");
  return headEnd + HEAD_END.length + Number(length);
}
