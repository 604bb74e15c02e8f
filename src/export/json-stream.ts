import type { HistoryItemView } from "../conversations/index.ts";
import { formatError } from "../db.ts";
import { log } from "../log.ts";

/** A value that is written whole. */
interface WholeValue<T> {
  readonly whole: T;
}

/** Text in pieces that is JSON already. */
interface JsonPieces {
  readonly pieces: AsyncGenerator<string, void>;
}

type ListItems<T> = T extends readonly (infer Item)[] ? AsyncGenerator<Item, void> : never;

/** The value of a field: whole, the items of a list that is read while it is written, or JSON. */
export type DocumentValue<T> = WholeValue<T> | ListItems<T> | JsonPieces;

type AnyDocument = Readonly<
  Record<string, WholeValue<unknown> | AsyncGenerator<unknown, void> | JsonPieces>
>;

export const wholeValue = <T>(whole: T): WholeValue<T> => ({ whole });

/** Writes conversations with their messages in them. */
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
    // The brace of the conversation stays open for its messages.
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

async function* writeDocument(document: AnyDocument): AsyncGenerator<string, void> {
  let separator = "{\n";
  for (const [name, value] of Object.entries(document)) {
    yield `${separator}${JSON.stringify(name)}:`;
    separator = ",\n";
    if ("whole" in value) yield JSON.stringify(value.whole);
    else yield* "pieces" in value ? value.pieces : writeList(value);
  }
  yield "\n}\n";
}

/** The number of characters from which a chunk is sent. It holds many small pieces. */
const CHUNK_CHARACTERS = 65_536;

/**
 * Returns the document as bytes. It is read only as fast as it is sent, so that memory holds a page
 * of one list at a time. A part that cannot be read breaks the stream off, so a document that ends
 * is whole.
 */
export function toDocumentStream(document: AnyDocument): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const text = writeDocument(document);
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
        log.error("export.interrupted", { error: formatError(error) });
        throw error;
      }
    },
    async cancel() {
      await text.return();
    },
  });
}
