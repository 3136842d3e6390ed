/** A plain WebSocket client for tests: keeps what it was told, and how it ended. */

import { createConnection, type Socket } from "node:net";

export class SocketClient {
  readonly texts: string[] = [];
  readonly binaries: Uint8Array[] = [];
  closeCode = 0;
  readonly socket: WebSocket;
  readonly closed: Promise<number>;

  constructor(url: string) {
    this.socket = new WebSocket(url);
    this.socket.binaryType = "arraybuffer";
    this.socket.onmessage = (event) => {
      if (typeof event.data === "string") this.texts.push(event.data);
      else this.binaries.push(new Uint8Array(event.data as ArrayBuffer));
    };
    this.closed = new Promise((resolve) => {
      this.socket.onclose = (event) => {
        this.closeCode = event.code;
        resolve(event.code);
      };
    });
  }

  static async open(url: string): Promise<SocketClient> {
    const client = new SocketClient(url);
    await new Promise<void>((resolve, reject) => {
      client.socket.onopen = () => resolve();
      client.socket.onerror = () => reject(new Error(`no connection to ${url}`));
    });
    return client;
  }

  /** Sends a request and gives the answer of the same id. */
  async ask(method: string, params: unknown, id = 1): Promise<Record<string, unknown>> {
    const from = this.texts.length;
    this.socket.send(JSON.stringify({ method, params, id }));
    for (let n = 0; n < 400; n++) {
      for (const text of this.texts.slice(from)) {
        const message = JSON.parse(text);
        if (message.id === id && !("stream" in message)) return message;
      }
      await Bun.sleep(5);
    }
    throw new Error(`no answer to ${method}`);
  }

  /** Messages of the feed: not the answers to requests. */
  get messages(): string[] {
    return this.texts.filter((text) => !/"id":\d+\}$/.test(text));
  }

  close(): void {
    this.socket.close();
  }
}

/** A connection by hand: it answers no ping, and reads only when it is told to. */
export async function rawSocket(
  host: string,
  port: number,
  path: string,
): Promise<{ socket: Socket; bytes(): number }> {
  const socket = createConnection(port, host);
  let bytes = 0;
  socket.on("error", () => undefined);
  await new Promise<void>((resolve) => socket.once("connect", () => resolve()));
  const key = "dGhlIHNhbXBsZSBub25jZQ==";
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
  );
  await new Promise<void>((resolve) =>
    socket.once("data", (part: Buffer) => {
      bytes += part.length;
      resolve();
    }),
  );
  socket.on("data", (part: Buffer) => {
    bytes += part.length;
  });
  return { socket, bytes: () => bytes };
}
