/** The headers of every stream of events. */
export const EVENT_STREAM_HEADERS = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache",
} as const;

/** Returns an event of a stream, as it is sent. `type` names it for clients that listen by name. */
export const formatEvent = (type: string, data: object): string =>
  `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;

/** Sends pieces until there are no more, or until a write fails, as the client has left. */
async function send(
  pieces: AsyncGenerator<string, void>,
  writer: WritableStreamDefaultWriter<Uint8Array>,
): Promise<void> {
  const encoder = new TextEncoder();
  try {
    // Leaving the loop ends the pieces, and with them what they are read from.
    for await (const piece of pieces) await writer.write(encoder.encode(piece));
    await writer.close();
  } catch (error) {
    await writer.abort(error).catch(() => undefined);
  }
}

/**
 * Streams pieces of text as they come. A client that leaves ends the pieces, and with them what
 * they are read from: a native stream, since a write to it fails then. The platform does not cancel
 * one that JavaScript fills.
 */
export function toByteStream(pieces: AsyncGenerator<string, void>): ReadableStream<Uint8Array> {
  const { readable, writable } = new IdentityTransformStream();
  void send(pieces, writable.getWriter());
  return readable;
}
