import type { HistoryItemView } from "../conversations/index.ts";
import { formatError } from "../db.ts";

/** A value that is written whole. */
interface WholeValue {
  readonly whole: unknown;
}
/** Text that is JSON already, in pieces. */
interface JsonPieces {
  readonly pieces: AsyncGenerator<string, void>;
}
/**
 * A field of the document: its name, and its value, a list that is read as it is written, or JSON.
 */
export type DocumentPart = readonly [
  name: string,
  value: WholeValue | JsonPieces | AsyncGenerator<unknown, void>,
];

export const wholeValue = (whole: unknown): WholeValue => ({ whole });

/** Conversations with their messages in them. */
export const conversationPieces = (items: AsyncGenerator<HistoryItemView, void>): JsonPieces => ({
  pieces: writeConversations(items),
});

async function* writeConversations(
  items: AsyncGenerator<HistoryItemView, void>,
): AsyncGenerator<string, void> {
  let [separator, closing] = ["\n", ""];
  yield "[";
  for await (const item of items) {
    if (item.kind === "message") {
      yield `${separator}${JSON.stringify(item.message)}`;
      separator = ",\n";
      continue;
    }
    // Its own brace stays open for the messages.
    const open = JSON.stringify(item.conversation).slice(0, -1);
    yield `${closing}${closing === "" ? "" : ","}\n${open},"messages":[`;
    [separator, closing] = ["\n", "]}"];
  }
  yield `${closing}]`;
}

async function* writeList(items: AsyncGenerator<unknown, void>): AsyncGenerator<string, void> {
  let separator = "\n";
  yield "[";
  for await (const item of items) {
    yield separator + JSON.stringify(item);
    separator = ",\n";
  }
  yield "]";
}

/** The document's text. */
async function* writeDocument(parts: readonly DocumentPart[]): AsyncGenerator<string, void> {
  let separator = "{\n";
  for (const [name, value] of parts) {
    yield `${separator}${JSON.stringify(name)}:`;
    separator = ",\n";
    if ("whole" in value) yield JSON.stringify(value.whole);
    else yield* "pieces" in value ? value.pieces : writeList(value);
  }
  yield "\n}\n";
}

/** So many characters are sent at once: of small pieces many. */
const CHUNK_CHARACTERS = 65_536;

/**
 * The document as bytes, read as they are asked for, so that memory holds a page of one list at a
 * time. What cannot be read breaks the stream off: a document that ends is whole.
 */
export function toDocumentStream(parts: readonly DocumentPart[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const text = writeDocument(parts);
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
          JSON.stringify({ level: "error", doing: "exporting a user", error: formatError(error) }),
        );
        throw error;
      }
    },
    async cancel() {
      await text.return();
    },
  });
}
