import type { RelayEnding } from "../account/index.ts";
import type { ReplyStart } from "../upstream/index.ts";
import { ReadOn, type RelaySurroundings } from "./relay.ts";
import { hasCount, isObject } from "./vendor-usage.ts";

/** About as much of a reply's start and end as holds its usage. */
const EDGE_CHARACTERS = 65_536;

/** Returns the JSON object that begins a text; undefined where it has none. */
function readObject(text: string): unknown {
  let depth = 0;
  let isInText = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (isInText && character === "\\") at += 1;
    else if (character === '"') isInText = !isInText;
    else if (!isInText && character === "{") depth += 1;
    else if (!isInText && character === "}" && --depth === 0)
      try {
        return JSON.parse(text.slice(0, at + 1));
      } catch {
        return undefined;
      }
  }
  return undefined;
}

/** Finds usage that counts something in a part of a reply that was not parsed; the last of it. */
function findUsageIn(text: string): unknown {
  return [...text.matchAll(/"usage"\s*:\s*(?=\{)/g)]
    .map((match) => readObject(text.slice(match.index + match[0].length)))
    .findLast((usage) => isObject(usage) && hasCount(usage));
}

/** A reply that is passed on unread, and what is known of it at its end. */
interface UnreadRelay {
  readonly stream: ReadableStream<Uint8Array>;
  /** Never rejects. */
  readonly ended: Promise<{ readonly ending: RelayEnding; readonly usage: unknown }>;
}

/**
 * Relays a whole reply that is too long, or too odd, to be read: byte for byte. Its usage is looked
 * for at its start and its end.
 * @param onText called with each piece of it as text
 */
export function relayUnread(
  { bytes, rest }: ReplyStart,
  surroundings: RelaySurroundings,
  onText: (text: string) => void = () => undefined,
): UnreadRelay {
  const { onActivity, signal } = surroundings;
  const { readable, writable } = new IdentityTransformStream();
  const writer = writable.getWriter();
  const readOn = new ReadOn();
  const decoder = new TextDecoder();
  let start = "";
  let end = "";
  const abortWrite = (): void => {
    writer.abort(signal.reason).catch(() => undefined);
  };
  signal.addEventListener("abort", abortWrite, { once: true });

  async function pass(piece: Uint8Array): Promise<void> {
    const text = decoder.decode(piece, { stream: true });
    onText(text);
    if (start.length < EDGE_CHARACTERS) start = (start + text).slice(0, EDGE_CHARACTERS);
    end += text;
    if (end.length > 2 * EDGE_CHARACTERS) end = end.slice(-EDGE_CHARACTERS);
    if (readOn.hasClientLeft) return;
    await writer.write(piece).catch(() => readOn.clientLeft(surroundings));
  }

  async function run(): Promise<RelayEnding> {
    try {
      await pass(bytes);
      for (;;) {
        const read = rest === null ? null : await readOn.orOver(rest.read());
        if (read === null || read.done) break;
        onActivity();
        await pass(read.value);
      }
      return readOn.hasClientLeft ? "client_gone" : "complete";
    } catch {
      return readOn.hasClientLeft ? "client_gone" : "upstream_failed";
    }
  }
  const ended = run().then((ending) => {
    // Not awaited: the client reads the last of it when the chat is over.
    (ending === "complete" ? writer.close() : writer.abort()).catch(() => undefined);
    rest?.cancel().catch(() => undefined);
    return { ending, usage: findUsageIn(end) ?? findUsageIn(start) };
  });
  return { stream: readable, ended };
}
