/**
 * The prompt of a chat and the reply to it, as its key has them kept. Both are in OpenAI's form,
 * whichever surface they came by. Times in ms since 1970.
 */
export interface KeptChat {
  /** The number of the chat's hold. */
  readonly holdNo: number;
  readonly keptAtMs: number;
  readonly expiresAtMs: number;
  /** The request's JSON, without long pictures. Its beginning, where `isRequestCut`. */
  readonly request: string;
  readonly isRequestCut: boolean;
  /** The reply as its client saw it, a stream as it came. Null where it was passed on unread. */
  readonly reply: string | null;
  readonly isReplyCut: boolean;
  readonly isStream: boolean;
}

/** A page of kept chats, and where the next begins; null after the last. */
export interface KeptPage {
  readonly chats: readonly KeptChat[];
  readonly after: number | null;
}

/** The most characters that are kept of a prompt, and of a reply: both fit into one row. */
export const KEPT_CHARACTERS_MAX = 262_144;

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;

/** Cuts a text to what is kept of it, and not within a character. */
export function cutToKept(text: string): { readonly text: string; readonly isCut: boolean } {
  if (text.length <= KEPT_CHARACTERS_MAX) return { text, isCut: false };
  const end = isHighSurrogate(text.charCodeAt(KEPT_CHARACTERS_MAX - 1))
    ? KEPT_CHARACTERS_MAX - 1
    : KEPT_CHARACTERS_MAX;
  return { text: text.slice(0, end), isCut: true };
}
