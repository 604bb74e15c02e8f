import { createServer, type Socket } from "node:net";
import {
  FIRST_TOKEN_MS,
  JSON_ANSWER,
  STREAM_END,
  STREAM_FRAMES,
  STREAM_HEAD,
  WHOLE_STREAM,
} from "./replies.ts";

/** One frame every 20 ms, which is about as fast as a person reads. */
const PACE_MS = 20;
const HEAD_END = Buffer.from("\r\n\r\n");

/** Returns the end of the first complete request in these bytes, or 0. */
function endOfRequest(bytes: Buffer): number {
  const head = bytes.indexOf(HEAD_END);
  if (head < 0) return 0;
  const length = /\r\ncontent-length: *(\d+)/i.exec(bytes.toString("latin1", 0, head))?.[1] ?? "0";
  const end = head + HEAD_END.length + Number(length);
  return end <= bytes.length ? end : 0;
}

/** Sends a stream one frame at a time, until the connection is closed. */
function pace(socket: Socket): void {
  let index = 0;
  socket.write(STREAM_HEAD);
  const timer = setInterval(() => {
    const frame = STREAM_FRAMES[index++];
    if (socket.destroyed || frame === undefined) {
      clearInterval(timer);
      if (!socket.destroyed) socket.write(STREAM_END);
      return;
    }
    socket.write(frame);
  }, PACE_MS);
}

/** How often the slow model was asked. */
let slowAsked = 0;

/** Sends a stream after the time that a model takes to its first token. */
function answerLate(socket: Socket): void {
  slowAsked += 1;
  setTimeout(() => {
    if (!socket.destroyed) socket.write(WHOLE_STREAM);
  }, FIRST_TOKEN_MS);
}

function answerCount(socket: Socket): void {
  const text = String(slowAsked);
  const head = `content-type: application/json\r\ncontent-length: ${text.length}`;
  socket.write(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n${text}`);
}

function answer(socket: Socket, request: Buffer): void {
  if (request.indexOf("GET /asked ") === 0) answerCount(socket);
  else if (!request.includes('"stream":true')) socket.write(JSON_ANSWER);
  else if (request.includes('"model":"paced"')) pace(socket);
  else if (request.includes('"model":"slow"')) answerLate(socket);
  else socket.write(WHOLE_STREAM);
}

/**
 * The stand-in for a model provider. It writes ready-made bytes over bare sockets, so that it is
 * several times faster than anything measured with it.
 */
const server = createServer({ noDelay: true }, (socket) => {
  let pending: Buffer = Buffer.alloc(0);
  socket.on("data", (data) => {
    pending = pending.length === 0 ? data : Buffer.concat([pending, data]);
    for (let end = endOfRequest(pending); end > 0; end = endOfRequest(pending)) {
      answer(socket, pending.subarray(0, end));
      pending = pending.subarray(end);
    }
  });
  // A measured target may close the connection at any time.
  socket.on("error", () => socket.destroy());
});
server.listen({ host: "127.0.0.1", port: Number(process.argv[2]) });
