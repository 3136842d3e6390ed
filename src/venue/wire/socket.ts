/** One WebSocket as the session needs it: text, life signs and an end that is told once; after `close` it is silent. */

export interface SocketEvents {
  opened(): void;
  text(text: string): void;
  /** A frame that is not text; the venue sends none. */
  binary(sizeBytes: number): void;
  /** A protocol ping or pong came: the other side lives. */
  alive(): void;
  /** The other side, the network or the address ended it. Not called after our own `close`. */
  closed(detail: string): void;
}

export interface Socket {
  /** False when the socket is not open: nothing was sent. */
  send(text: string): boolean;
  ping(): void;
  /** At once and without a farewell: a dead peer would not answer one. No event follows. */
  close(): void;
}

export type OpenSocket = (url: string, events: SocketEvents) => Socket;

/** What Bun's client has over the standard: pings are answered by it, and seen. */
interface ClientSocket extends WebSocket {
  ping(): void;
  terminate(): void;
}

/** Far beyond what venues send. A longer text would be parsed on the engine's thread, which would stand still over it. */
export const TEXT_UNITS_MAX = 4 << 20;
/** Without it NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment would let anybody pose as the venue. */
const VERIFIED = Object.freeze({ tls: Object.freeze({ rejectUnauthorized: true }) });

/** A real socket. An address that cannot be read is told by `closed`, like one that nobody answers at. */
export function openWebSocket(url: string, events: SocketEvents): Socket {
  let socket: ClientSocket;
  try {
    socket = new WebSocket(url, VERIFIED as unknown as string[]) as ClientSocket;
  } catch (error) {
    return unopened(String(error), events);
  }
  socket.binaryType = "arraybuffer";
  let ended = false;
  const hear = (type: string, handler: (event: unknown) => void) =>
    socket.addEventListener(type, (event) => {
      if (!ended) handler(event);
    });
  let why = "";
  hear("open", () => events.opened());
  hear("message", (event) => {
    const { data } = event as MessageEvent<string | ArrayBuffer>;
    if (typeof data === "string" && data.length > TEXT_UNITS_MAX) {
      ended = true;
      socket.terminate();
      events.closed(`a message of ${data.length} characters`);
    } else if (typeof data === "string") events.text(data);
    else events.binary(data.byteLength);
  });
  hear("ping", () => events.alive());
  hear("pong", () => events.alive());
  hear("error", (event) => {
    why = (event as ErrorEvent).message ?? "";
  });
  hear("close", (event) => {
    ended = true;
    const { code, reason } = event as CloseEvent;
    events.closed([`code ${code}`, reason, why].filter((part) => (part ?? "") !== "").join(", "));
  });
  return {
    send(text) {
      if (ended || socket.readyState !== WebSocket.OPEN) return false;
      socket.send(text);
      return true;
    },
    ping() {
      if (!ended && socket.readyState === WebSocket.OPEN) socket.ping();
    },
    close() {
      if (ended) return;
      ended = true;
      socket.terminate();
    },
  };
}

function unopened(detail: string, events: SocketEvents): Socket {
  let ended = false;
  queueMicrotask(() => {
    if (!ended) events.closed(detail);
  });
  return {
    send: () => false,
    ping: () => undefined,
    close: () => {
      ended = true;
    },
  };
}
