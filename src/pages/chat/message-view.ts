/**
 * The part of a message that its bubble shows. Both the server and the script in `public/` fill
 * bubbles, so this file imports nothing that a browser does not have.
 */
export interface BubbleContent {
  readonly role: "user" | "assistant";
  readonly content: string;
  readonly status: "pending" | "complete" | "partial" | "failed";
  /** The code of the error that a message failed with. */
  readonly error: string | null;
  /** The model of a reply; null for a greeting and for the user's messages. */
  readonly model: string | null;
  /** The tokens of a reply. */
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number } | null;
  /** The price of a reply in credits. */
  readonly cost: number | null;
  /** The ids of the user's messages that stand in its place, where it is not the only one. */
  readonly branches: readonly string[];
}

/** A stored message, as the wire shows it. */
export interface MessageView extends BubbleContent {
  readonly id: string;
}
