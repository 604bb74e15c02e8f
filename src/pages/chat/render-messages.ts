import type { BubbleContent } from "./message-view.ts";

/**
 * The most characters of replies that one page renders, the newest first. The others are shown as
 * they were written until the script renders them, when they come into view.
 */
const RENDERED_CHARACTERS_MAX = 60_000;

/** Returns the Markdown of a message; null where it is text, as all of the user's is. */
const markdownOf = ({ role, content }: BubbleContent): string | null =>
  role === "assistant" && content !== "" ? content : null;

/**
 * Renders the replies of a page as HTML, as many of the newest as are rendered at once.
 * @returns the HTML by message
 */
export async function renderReplies(
  messages: readonly BubbleContent[],
  copyLabel: string,
): Promise<ReadonlyMap<BubbleContent, string>> {
  const rendered = new Map<BubbleContent, string>();
  const sources: { message: BubbleContent; markdown: string }[] = [];
  let left = RENDERED_CHARACTERS_MAX;
  for (const message of messages.toReversed()) {
    const markdown = markdownOf(message);
    if (markdown === null) continue;
    left -= markdown.length;
    if (left < 0) break;
    sources.push({ message, markdown });
  }
  if (sources.length === 0) return rendered;
  // Not at the start: calls of the API render nothing.
  const { loadRenderer } = await import("../markdown/index.ts");
  const all = sources.map(({ markdown }) => markdown).join("\n");
  const renderBlocks = await loadRenderer(all, copyLabel);
  for (const { message, markdown } of sources)
    rendered.set(message, renderBlocks(markdown).join(""));
  return rendered;
}
