import type { ApiRefusal } from "../api.ts";
import type { PageContext } from "../context.ts";
import { formatNumber, isolate } from "../format.ts";
import type { BubbleContent } from "./message-view.ts";

/** Returns the text for an error in the reader's language, else the message of the wire. */
function errorText(c: PageContext, code: string, message: string): string {
  const texts: Readonly<Record<string, string>> = c.var.words.chat.problems;
  return texts[code] ?? message;
}

/** Formats the model, tokens and cost of a reply. It is empty for other messages. */
export function usageText(c: PageContext, { model, usage, cost }: BubbleContent): string {
  const { chat: words } = c.var.words;
  const tokens = usage === null ? [] : [words.tokens(usage.inputTokens + usage.outputTokens)];
  const credits = cost === 0 ? words.costIncluded : words.cost(formatNumber(c, cost ?? 0));
  return [...(model === null ? [] : [model]), ...tokens, ...(cost === null ? [] : [credits])]
    .map((part) => isolate(part))
    .join(" · ");
}

/** Formats how many tokens were read and written, for who wants to know. */
export const usageDetail = (c: PageContext, { usage }: BubbleContent): string | undefined =>
  usage === null
    ? undefined
    : c.var.words.chat.tokensDetail(
        formatNumber(c, usage.inputTokens),
        formatNumber(c, usage.outputTokens),
      );

/**
 * Returns why the message just sent was refused. A rate limit keeps the wire's message, which says
 * whose limit it is.
 */
export const refusalText = (c: PageContext, { code, message }: ApiRefusal["body"]): string =>
  code === "rate_limit_exceeded" ? message : errorText(c, code, message);

/** Returns the status of a message and its reason; empty for a complete message. */
export function statusText(
  c: PageContext,
  { status, error }: BubbleContent,
  isErrorShownBelow: boolean,
): string {
  const { statuses, partials } = c.var.words.chat;
  if (status === "complete") return "";
  if (status === "partial") {
    const reasons: Readonly<Record<string, string>> = partials;
    const reason = reasons[error ?? ""] ?? statuses.partial;
    return isErrorShownBelow && error !== "client_gone" ? statuses.partial : reason;
  }
  return error === null || isErrorShownBelow
    ? statuses[status]
    : `${statuses[status]}: ${errorText(c, error, error)}`;
}
