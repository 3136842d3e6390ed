/** The stream's world in a browser: its WebSocket, timers, clock and chance. */

import type { SocketEvents, StreamSocket, StreamWorld } from "./stream_client.ts";

export function browserWorld(): StreamWorld {
  return {
    connect: (events) => openSocket(events),
    after: (ms, call) => {
      const timer = setTimeout(call, ms);
      return () => clearTimeout(timer);
    },
    nowMs: () => Date.now(),
    chance: () => Math.random(),
  };
}

function openSocket(events: SocketEvents): StreamSocket {
  const url = new URL("/api/v1/stream", location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(url);
  socket.onopen = () => events.open();
  socket.onmessage = ({ data }) => events.message(typeof data === "string" ? data : "");
  socket.onclose = () => events.closed();
  return {
    send: (text) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    close: () => socket.close(),
  };
}
