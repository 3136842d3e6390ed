/** The REST thread against a real HTTP server: what it reads, and everything it must not do. */

import { afterAll, describe, expect, test } from "bun:test";
import { type AddressInfo, createServer } from "node:net";
import type { RestAnswer, RestRequest } from "../venue/wire/rest.ts";
import { type Definitions, type RestLimits, RestThread } from "./rest_client.ts";

let running = 0;
let runningMost = 0;
const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch(request) {
    const { pathname } = new URL(request.url);
    return answerOf(pathname, request);
  },
});
const base = `http://127.0.0.1:${server.port}`;
const open: RestThread[] = [];

async function answerOf(pathname: string, request: Request): Promise<Response> {
  switch (pathname) {
    case "/plain":
      return new Response('{"ok":1}', { headers: { "X-MBX-USED-WEIGHT-1M": "77", "set-cookie": "a=b" } });
    case "/echo":
      return Response.json({
        method: request.method,
        url: new URL(request.url).search,
        key: request.headers.get("x-mbx-apikey"),
        type: request.headers.get("content-type"),
        body: await request.text(),
      });
    case "/headers":
      return Response.json(Object.fromEntries(request.headers));
    case "/slow":
      running++;
      runningMost = Math.max(runningMost, running);
      await Bun.sleep(60);
      running--;
      return new Response("slow");
    case "/never":
      await Bun.sleep(3_000);
      return new Response("late");
    case "/away":
      return Response.redirect(`${base}/plain`, 302);
    case "/limit":
      return new Response("{}", { status: 429, headers: { "Retry-After": "7" } });
    case "/large":
      return new Response("x".repeat(200_000));
    case "/bomb":
      return new Response(Bun.gzipSync(new Uint8Array(5_000_000)), { headers: { "content-encoding": "gzip" } });
    case "/binary":
      return new Response(new Uint8Array([0xff, 0xfe, 0xfd]));
    case "/exchangeInfo":
      return Response.json({ symbols: [symbolOf("ETHUSDT", "ETH"), symbolOf("BTCUSDT", "BTC"), { symbol: "ODD" }] });
    default:
      return new Response("nothing here", { status: 404 });
  }
}

function symbolOf(symbol: string, baseAsset: string): object {
  const filters = [
    { filterType: "PRICE_FILTER", tickSize: "0.01000000" },
    { filterType: "LOT_SIZE", stepSize: "0.00010000", minQty: "0.00010000", maxQty: "9000.00000000" },
    { filterType: "NOTIONAL", minNotional: "5.00000000" },
  ];
  return { symbol, baseAsset, quoteAsset: "USDT", filters };
}

function clientOf(limits: Partial<RestLimits> = {}, startWorker?: () => Worker): RestThread {
  const client = new RestThread({ baseUrls: [base], limits, ...(startWorker === undefined ? {} : { startWorker }) });
  open.push(client);
  return client;
}

function get(client: RestThread, url: string): Promise<RestAnswer> {
  return new Promise((resolve) => client.get(url, resolve));
}

function send(client: RestThread, request: RestRequest): Promise<RestAnswer> {
  return new Promise((resolve) => client.send(request, resolve));
}

afterAll(async () => {
  for (const client of open) client.close();
  await server.stop(true);
});

describe("answers", () => {
  const client = clientOf({ timeoutMs: 400, answerBytesMax: 100_000 });

  test("come with status, text and headers in lower case", async () => {
    const answer = await get(client, `${base}/plain`);
    expect(answer).toMatchObject({ status: 200, text: '{"ok":1}', headers: { "x-mbx-used-weight-1m": "77" } });
    expect(answer.problem).toBeUndefined();
    expect(await get(client, `${base}/limit`)).toMatchObject({ status: 429, headers: { "retry-after": "7" } });
    expect(await get(client, `${base}/nowhere`)).toMatchObject({ status: 404, text: "nothing here" });
  });

  test("nothing is sent that says who we are", async () => {
    const { text } = await get(client, `${base}/headers`);
    const names = Object.keys(JSON.parse(text) as object).sort();
    expect(names).toEqual(["accept", "accept-encoding", "connection", "host", "user-agent"]);
  });

  test.each([
    ["/away", "AnswerRefused", 0],
    ["/never", "TimedOut", 0],
    ["/large", "FrameTooLarge", 200],
    ["/bomb", "FrameTooLarge", 200],
    ["/binary", "FrameNotText", 200],
  ] as const)("%s is a problem: %s", async (path, code, status) => {
    const answer = await get(client, `${base}${path}`);
    expect({ code: answer.problem?.code, status: answer.status, text: answer.text }).toEqual({
      code,
      status,
      text: "",
    });
  });

  test("a server that is not there is a problem", async () => {
    const gone = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("") });
    const url = `http://127.0.0.1:${gone.port}`;
    await gone.stop(true);
    const lonely = new RestThread({ baseUrls: [url] });
    open.push(lonely);
    expect((await get(lonely, `${url}/x`)).problem?.code).toBe("SocketRefused");
  });
});

describe("requests", () => {
  const client = clientOf();

  test.each(["POST", "PUT", "DELETE"] as const)(
    "%s goes out with its query, headers and body as they are",
    async (method) => {
      const headers = { "x-mbx-apikey": "k", "content-type": "application/x-www-form-urlencoded" };
      const request = { method, url: `${base}/echo?a=%EF%BC%91&b=2`, headers, body: "symbol=BTCUSDT&signature=a%2Fb" };
      const { status, text } = await send(client, request);
      expect([status, JSON.parse(text)]).toEqual([
        200,
        {
          ...{ method, url: "?a=%EF%BC%91&b=2", key: "k", type: headers["content-type"] },
          body: "symbol=BTCUSDT&signature=a%2Fb",
        },
      ]);
    },
  );

  test("a POST whose kept connection breaks is not sent a second time", async () => {
    let posts = 0;
    const venue = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.on("data", (data) => {
        if (!data.toString().startsWith("POST")) {
          socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
          return;
        }
        posts++;
        socket.destroy();
      });
    });
    await new Promise<void>((resolve) => venue.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(venue.address() as AddressInfo).port}`;
    const trader = new RestThread({ baseUrls: [url] });
    open.push(trader);
    for (let turn = 1; turn <= 3; turn++) {
      expect((await get(trader, `${url}/time`)).status).toBe(200);
      const answer = await send(trader, { method: "POST", url: `${url}/order`, body: "a=1" });
      expect([answer.problem?.code, posts]).toEqual(["SocketLost", turn]);
    }
    venue.close();
  });
});

describe("who is asked", () => {
  const client = clientOf();

  test.each([
    "http://127.0.0.1:1/plain",
    `https://127.0.0.1:${server.port}/plain`,
    `http://localhost:${server.port}/plain`,
    `http://user:word@127.0.0.1:${server.port}/plain`,
    "file:///etc/passwd",
    "not a url",
  ])("%s is not", async (url) => {
    expect((await get(client, url)).problem?.code).toBe("Forbidden");
  });

  test("no proxy of the environment is used", async () => {
    const names = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"];
    const before = names.map((name) => process.env[name]);
    const exempt = [process.env["NO_PROXY"], process.env["no_proxy"]];
    for (const name of names) process.env[name] = "http://127.0.0.1:1";
    delete process.env["NO_PROXY"];
    delete process.env["no_proxy"];
    try {
      await expect(fetch(`${base}/plain`)).rejects.toThrow(); // The environment does name one.
      expect((await get(clientOf(), `${base}/plain`)).status).toBe(200);
    } finally {
      names.forEach((name, n) => {
        if (before[n] === undefined) delete process.env[name];
        else process.env[name] = before[n];
      });
      if (exempt[0] !== undefined) process.env["NO_PROXY"] = exempt[0];
      if (exempt[1] !== undefined) process.env["no_proxy"] = exempt[1];
    }
  });
});

describe("bounds", () => {
  test("requests beyond what may be on the wire wait, and beyond that are refused; each is answered once", async () => {
    const client = clientOf({ inFlightMax: 3, waitingMax: 5 });
    const answers: RestAnswer[] = [];
    const all = Array.from({ length: 10 }, () => get(client, `${base}/slow`).then((answer) => answers.push(answer)));
    expect(answers).toEqual([]); // Never inside the call.
    expect(client.status()).toMatchObject({ inFlight: 3, waiting: 5 });
    await Promise.all(all);
    expect(answers.map(({ status, problem }) => problem?.code ?? status).sort()).toEqual([
      ...Array.from({ length: 8 }, () => 200),
      "TooManyRequests",
      "TooManyRequests",
    ]);
    expect(runningMost).toBe(3);
    expect(client.status()).toMatchObject({ inFlight: 0, waiting: 0, answered: 8, failed: 2 });
  });

  test("closing answers all that is open, and everything after it", async () => {
    const client = clientOf();
    const asked = get(client, `${base}/never`);
    client.close();
    expect((await asked).problem?.code).toBe("NotRunning");
    expect((await get(client, `${base}/plain`)).problem?.code).toBe("NotRunning");
  });

  test("a thread that dies is replaced, and what it was asked is answered with a problem", async () => {
    let started = 0;
    const dying = URL.createObjectURL(
      new Blob(["onmessage = (e) => { if (e.data.kind === 'question') throw new Error('boom'); };"]),
    );
    const client = clientOf({}, () => {
      started++;
      return new Worker(started === 1 ? dying : new URL("./rest.worker.ts", import.meta.url).href);
    });
    expect((await get(client, `${base}/plain`)).problem).toMatchObject({ code: "SocketLost" });
    expect((await get(client, `${base}/plain`)).status).toBe(200);
    expect(client.status()).toMatchObject({ restarts: 1, failed: 1 });
    expect(started).toBe(2);
  });
});

describe("definitions", () => {
  const client = clientOf();
  const ask = (path: string, symbols?: readonly string[]) =>
    new Promise<{ definitions: Definitions; answer: RestAnswer }>((resolve) => {
      client.exchangeInfo(`${base}${path}`, "spot", symbols, (definitions, answer) => resolve({ definitions, answer }));
    });

  test("only what is wanted comes back, and what is missing is said", async () => {
    const { definitions, answer } = await ask("/exchangeInfo", ["ETHUSDT", "NONE"]);
    expect(definitions.instruments.map(({ venueSymbol, base: asset }) => [venueSymbol, asset])).toEqual([
      ["ETHUSDT", "ETH"],
    ]);
    expect(definitions.problems.map(({ code, detail }) => `${code}: ${detail}`)).toEqual([
      "SymbolUnknown: NONE is not in the venue's exchangeInfo",
    ]);
    expect(answer).toMatchObject({ status: 200, text: "" });
  });

  test("without a wish all comes back, with all problems", async () => {
    const { definitions } = await ask("/exchangeInfo");
    expect(definitions.instruments.length).toBe(2);
    expect(definitions.problems.length).toBe(1);
  });

  test("an answer that is none gives no instruments and its problem", async () => {
    expect((await ask("/nowhere")).definitions.problems[0]?.code).toBe("AnswerRefused");
    expect((await ask("/plain", ["ETHUSDT"])).definitions.problems.map(({ code }) => code)).toEqual([
      "FieldMissing",
      "SymbolUnknown",
    ]);
  });
});
