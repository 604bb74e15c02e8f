import type { Behaviour } from "./behaviour.ts";
import type { CallRecord } from "./calls.ts";
import type { Frame } from "./frames.ts";
import type { Wire } from "./wire.ts";

/** The context in which a body is sent. */
export interface Delivery {
  readonly call: CallRecord;
  readonly behaviour: Behaviour;
  /** Waits before each frame, for the delay and for the gate if there is one. */
  readonly beforeFrame: () => Promise<void>;
  /** Resolves when a stalled reply may end. */
  readonly released: Promise<void>;
  /** The API in which it was asked. */
  readonly wire: Pick<Wire, "error" | "errorFrame" | "garbageFrame" | "half">;
}

/** A lost connection, as a client sees it. */
export class ConnectionLost extends TypeError {
  constructor() {
    super("The connection to the local model was lost.");
    this.name = "ConnectionLost";
  }
}

/** Yields the texts of frames, and breaks off as the behaviour says. */
async function* emitTexts(frames: Iterable<Frame>, delivery: Delivery): AsyncGenerator<string> {
  const { call, behaviour, beforeFrame, released, wire } = delivery;
  const { breakOff } = behaviour;
  let tokens = 0;
  let broken = false;
  for (const frame of frames) {
    await beforeFrame();
    if (call.outcome !== null) return;
    if (breakOff !== undefined && !broken && frame.tokens > 0 && tokens >= breakOff.afterTokens) {
      broken = true;
      if (breakOff.how === "die") throw new ConnectionLost();
      if (breakOff.how === "stall") await Promise.race([released, call.ended]);
      if (breakOff.how === "error") yield wire.errorFrame;
      if (breakOff.how === "garbage") yield wire.garbageFrame;
      else {
        call.end("broken");
        return;
      }
    }
    tokens += frame.tokens;
    call.framesSent += 1;
    yield frame.text;
  }
}

/** Cuts the texts into pieces as the behaviour says, within characters or between frames. */
async function* splitIntoPieces(
  source: AsyncIterable<string>,
  behaviour: Behaviour,
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  const sizes = behaviour.pieceBytes ?? [];
  const perPiece = behaviour.framesPerPiece ?? 1;
  let pieceIndex = 0;
  let buffered: string[] = [];
  for await (const text of source) {
    buffered.push(text);
    if (buffered.length < perPiece) continue;
    yield* cut(encoder.encode(buffered.join("")));
    buffered = [];
  }
  if (buffered.length > 0) yield* cut(encoder.encode(buffered.join("")));

  function* cut(bytes: Uint8Array): Generator<Uint8Array> {
    let from = 0;
    while (from < bytes.length) {
      const size = Math.max(1, sizes[pieceIndex % sizes.length] ?? bytes.length);
      yield bytes.slice(from, from + size);
      from += size;
      pieceIndex += 1;
    }
  }
}

/**
 * Returns a body that is sent as fast as it is read and that records how it ended. It stops when
 * the caller cancels the body or aborts the request (`signal`).
 */
export function streamBody(
  frames: Iterable<Frame>,
  delivery: Delivery,
  signal: AbortSignal,
): ReadableStream<Uint8Array> {
  const { call, behaviour } = delivery;
  const iterator = splitIntoPieces(emitTexts(frames, delivery), behaviour);
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        signal.addEventListener("abort", () => {
          call.end("cancelled");
          controller.error(signal.reason);
        });
      },
      async pull(controller) {
        try {
          const next = await iterator.next();
          if (call.outcome === "cancelled") return;
          if (next.done !== true) return controller.enqueue(next.value);
          call.end("complete");
          controller.close();
        } catch (error) {
          call.end("broken");
          controller.error(error);
        }
      },
      cancel() {
        call.end("cancelled");
      },
    },
    { highWaterMark: 0 },
  );
}

/**
 * Cuts a reply that is not streamed in the middle. The first half counts as every token but the
 * last.
 */
export function splitInHalf(text: string): readonly Frame[] {
  const middle = Math.trunc(text.length / 2);
  return [
    { text: text.slice(0, middle), tokens: Number.POSITIVE_INFINITY },
    { text: text.slice(middle), tokens: 1 },
  ];
}
