import { toIso } from "../time.ts";
import type { chatHistory } from "./history.ts";
import { showConversation, showMessage } from "./show.ts";
import type { Conversation, ConversationPaymentState, Message } from "./types.ts";

export type ExportFormat = "json" | "markdown";

const PAGE_SIZE = 100;

/** A format of an export: its head, each message, and its tail. */
interface DocumentWriter {
  readonly contentType: string;
  /** Markdown reads from top to bottom, so it has the branch that is shown. */
  readonly branches: "active" | "all";
  readonly head: (conversation: Conversation, paymentState: ConversationPaymentState) => string;
  readonly message: (message: Message, isFirst: boolean) => string;
  readonly tail: string;
}

const json: DocumentWriter = {
  contentType: "application/json",
  branches: "all",
  head: (conversation, paymentState) =>
    `{"conversation":${JSON.stringify(showConversation(conversation, paymentState))},"messages":[`,
  message: (message, isFirst) => `${isFirst ? "" : ","}\n${JSON.stringify(showMessage(message))}`,
  tail: "\n]}\n",
};

const SPEAKER_LABELS = { user: "You", assistant: "Reply" } as const;
const STATUS_NOTES = {
  pending: " (pending)",
  failed: " (failed)",
  partial: " (interrupted)",
  complete: "",
} as const;

/**
 * Shows a text as it is, in a fence that is longer than any in it (CommonMark §4.5): pictures in it
 * are not loaded, HTML is not run, and no mark of Markdown has an effect.
 */
function toFence(text: string): string {
  const runs = text.match(/`+/g) ?? [];
  const fence = "`".repeat(runs.reduce((longest, run) => Math.max(longest, run.length), 2) + 1);
  return `${fence}text\n${text}\n${fence}`;
}

const markdown: DocumentWriter = {
  contentType: "text/markdown; charset=utf-8",
  branches: "active",
  head: ({ title, createdAt, systemPrompt }) => {
    const systemPromptSection =
      systemPrompt === null ? "" : `\n**System prompt:**\n\n${toFence(systemPrompt)}\n`;
    const heading = (title ?? "Untitled").replace(/[\\`*_[\]<>#&!~]/g, "\\$&");
    return `# ${heading}\n\n${toIso(createdAt)}\n${systemPromptSection}`;
  },
  message: ({ role, status, content, createdAt }) => {
    const heading = `**${SPEAKER_LABELS[role]}**, ${toIso(createdAt)}${STATUS_NOTES[status]}`;
    return `\n${heading}\n\n${toFence(content)}\n`;
  },
  tail: "",
};

const WRITERS: Readonly<Record<ExportFormat, DocumentWriter>> = { json, markdown };

/** Returns the name of the downloaded file. */
export const exportFilename = (conversation: Conversation, format: ExportFormat): string =>
  `${conversation.id}.${format === "json" ? "json" : "md"}`;

/**
 * Exports a whole conversation as a document, one page of messages at a time, however long it is.
 * An agent's system prompt is not in it.
 */
export function exportConversation(
  history: ReturnType<typeof chatHistory>,
  conversation: Conversation,
  paymentState: ConversationPaymentState,
  format: ExportFormat,
): { readonly contentType: string; readonly stream: ReadableStream<Uint8Array> } {
  const writer = WRITERS[format];
  const encoder = new TextEncoder();
  let after: number | null = null;
  let isFirst = true;
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(encoder.encode(writer.head(conversation, paymentState)));
    },
    async pull(controller) {
      const page = await history.messages(conversation.id, {
        limit: PAGE_SIZE,
        order: "asc",
        after,
        branches: writer.branches,
      });
      if (!page.ok) throw new Error(page.failure.message);
      for (const message of page.value.messages) {
        controller.enqueue(encoder.encode(writer.message(message, isFirst)));
        isFirst = false;
        after = message.place;
      }
      if (page.value.hasMore) return;
      controller.enqueue(encoder.encode(writer.tail));
      controller.close();
    },
  });
  return { contentType: writer.contentType, stream };
}
