import type { HistoryItemView } from "../conversations/index.ts";
import { wordsOf } from "../db.ts";

/** A value that is written whole. */
interface Whole {
  readonly whole: unknown;
}
/** Text that is JSON already, in pieces. */
interface Written {
  readonly pieces: AsyncGenerator<string, void>;
}
/**
 * A field of the document: its name, and its value, a list that is read as it is written, or JSON.
 */
export type Part = readonly [name: string, value: Whole | Written | AsyncGenerator<unknown, void>];

export const inOne = (whole: unknown): Whole => ({ whole });

/** Conversations with their messages in them. */
export const nested = (said: AsyncGenerator<HistoryItemView, void>): Written => ({ pieces: nest(said) });

async function* nest(said: AsyncGenerator<HistoryItemView, void>): AsyncGenerator<string, void> {
  let [between, ending] = ["\n", ""];
  yield "[";
  for await (const each of said) {
    if (each.kind === "message") {
      yield `${between}${JSON.stringify(each.message)}`;
      between = ",\n";
      continue;
    }
    // Its own brace stays open for the messages.
    const open = JSON.stringify(each.conversation).slice(0, -1);
    yield `${ending}${ending === "" ? "" : ","}\n${open},"messages":[`;
    [between, ending] = ["\n", "]}"];
  }
  yield `${ending}]`;
}

async function* list(items: AsyncGenerator<unknown, void>): AsyncGenerator<string, void> {
  let between = "\n";
  yield "[";
  for await (const item of items) {
    yield between + JSON.stringify(item);
    between = ",\n";
  }
  yield "]";
}

/** The document's text. */
async function* textOf(parts: readonly Part[]): AsyncGenerator<string, void> {
  let between = "{\n";
  for (const [name, value] of parts) {
    yield `${between}${JSON.stringify(name)}:`;
    between = ",\n";
    if ("whole" in value) yield JSON.stringify(value.whole);
    else yield* "pieces" in value ? value.pieces : list(value);
  }
  yield "\n}\n";
}

/** So many characters are sent at once: of small pieces many. */
const CHUNK_CHARACTERS = 65_536;

/**
 * The document as bytes, read as they are asked for, so that memory holds a page of one list at a
 * time. What cannot be read breaks the stream off: a document that ends is whole.
 */
export function streamOf(parts: readonly Part[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const text = textOf(parts);
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        let chunk = "";
        let isDone = false;
        while (chunk.length < CHUNK_CHARACTERS && !isDone) {
          const next = await text.next();
          if (next.done === true) isDone = true;
          else chunk += next.value;
        }
        if (chunk !== "") controller.enqueue(encoder.encode(chunk));
        if (isDone) controller.close();
      } catch (error) {
        console.error(
          JSON.stringify({ level: "error", doing: "exporting a user", error: wordsOf(error) }),
        );
        throw error;
      }
    },
    async cancel() {
      await text.return();
    },
  });
}
