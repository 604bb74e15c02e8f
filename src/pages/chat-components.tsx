import { z } from "zod";
import type { ApiRefusal } from "./api.ts";
import type { ConversationView, Tier } from "./chat-data.ts";
import type { PageContext } from "./context.ts";
import { formatMoney, formatNumber, formatTime } from "./format.ts";
import type { BubbleContent } from "./message-view.ts";

/** Returns the text for an error in the reader's language, else the message of the wire. */
function errorText(c: PageContext, code: string, message: string): string {
  const texts: Readonly<Record<string, string>> = c.var.words.chat.problems;
  return texts[code] ?? message;
}

/** Formats the model, tokens and credits of a reply. It is empty for other messages. */
function usageText(c: PageContext, { model, usage, cost }: BubbleContent): string {
  const { chat: words } = c.var.words;
  const tokens =
    usage === null
      ? []
      : [words.tokens(formatNumber(c, usage.inputTokens), formatNumber(c, usage.outputTokens))];
  const credits = cost === null ? [] : [words.cost(formatNumber(c, cost))];
  return [...(model === null ? [] : [model]), ...tokens, ...credits].join(" · ");
}

/**
 * Returns why the message just sent was refused. A rate limit keeps the wire's message, which says
 * whose limit it is.
 */
export const refusalText = (c: PageContext, { code, message }: ApiRefusal["body"]): string =>
  code === "rate_limit_exceeded" ? message : errorText(c, code, message);

/** Returns the status of a message and its reason; empty for a complete message. */
function statusText(
  c: PageContext,
  { status, error }: BubbleContent,
  isErrorShownBelow: boolean,
): string {
  const { statuses } = c.var.words.chat;
  if (status === "complete") return "";
  return error === null || isErrorShownBelow
    ? statuses[status]
    : `${statuses[status]}: ${errorText(c, error, error)}`;
}

interface BubbleProps {
  readonly c: PageContext;
  readonly id?: string;
  readonly message: BubbleContent;
  /** Whether the reason is shown beside the field. */
  readonly isErrorShownBelow?: boolean;
}

/** A message with its usage and status. The script fills the same parts, by their `data-part`. */
export function Bubble({ c, id, message, isErrorShownBelow = false }: BubbleProps) {
  const { chat: words, name } = c.var.words;
  const status = statusText(c, message, isErrorShownBelow);
  return (
    <article class={`message ${message.role}`} data-message={id}>
      <span class="visually-hidden">
        {message.role === "user" ? words.you : (message.model ?? name)}
      </span>
      <div class="text" dir="auto" data-part="text">
        {message.content}
      </div>
      <p class="usage">
        <span data-part="usage">{usageText(c, message)}</span>
        <span class="badge warn" data-part="status" hidden={status === ""}>
          {status}
        </span>
      </p>
    </article>
  );
}

/** A button for each tier, which leads to Stripe's page for this conversation and back. */
function TierButtons({
  c,
  action,
  tiers,
}: {
  c: PageContext;
  action: string;
  tiers: readonly Tier[];
}) {
  return (
    <form method="post" action={action} class="row" data-pay>
      {tiers.map(({ slug, name, prices: [price] }) => (
        <button type="submit" name="tier" value={slug}>
          <bdi>{name}</bdi>
          {price === undefined ? null : (
            <bdi>{formatMoney(c, price.amountMinor, price.currency)}</bdi>
          )}
        </button>
      ))}
    </form>
  );
}

const isPresent = <T,>(value: T | null | undefined): value is T =>
  value !== null && value !== undefined;

/** The details of a 402. Those that are missing are not shown. */
const quotaDetails = z.object({
  available: z.number().optional(),
  limit: z.number().nullish(),
  used: z.number().nullish(),
  resetsAt: z.string().nullish(),
});

function quotaLines(c: PageContext, refusal: ApiRefusal): string[] {
  const { chat: words } = c.var.words;
  const { available, limit, used, resetsAt } = quotaDetails.parse(refusal.body);
  return [
    isPresent(limit) && isPresent(used)
      ? words.used(formatNumber(c, used), formatNumber(c, limit))
      : "",
    isPresent(resetsAt) ? words.resets(formatTime(c, resetsAt)) : "",
    isPresent(available) ? words.available(formatNumber(c, available)) : "",
  ].filter((line) => line !== "");
}

interface QuotaNoticeProps {
  readonly c: PageContext;
  /** The path of this page, to return to after buying. */
  readonly currentPath: string;
  /** Null before the conversation exists. The script then fills it in. */
  readonly conversationId: string | null;
  /** The plans that unlock this conversation alone; none where it is paid. */
  readonly tiers: readonly Tier[];
  /** Null before there is one. The script then shows it. */
  readonly refusal: ApiRefusal | null;
}

/** The notice that a message is not covered, with links for buying that lead back here. */
export function QuotaNotice({ c, currentPath, conversationId, tiers, refusal }: QuotaNoticeProps) {
  const { chat: words } = c.var.words;
  const next = encodeURIComponent(currentPath);
  return (
    <div class="notice warn" data-quota hidden={refusal === null}>
      <p>
        <strong>{words.out}</strong>
      </p>
      <p data-part="text">
        {refusal === null
          ? ""
          : [words.problems.insufficient_quota, ...quotaLines(c, refusal)].join(" ")}
      </p>
      <div class="row">
        <a class="button" href={`/credits?next=${next}`} data-next="/credits">
          {words.buyCredits}
        </a>
        <a class="button plain" href={`/pricing?next=${next}`} data-next="/pricing">
          {words.changePlan}
        </a>
      </div>
      {tiers.length === 0 ? null : (
        <>
          <p>{words.pay}</p>
          <TierButtons c={c} action={`/chat/${conversationId ?? ""}/pay`} tiers={tiers} />
        </>
      )}
      <p class="hint" data-needs-script hidden>
        {words.comeBack}
      </p>
    </div>
  );
}

/** The notice that a conversation has to be paid for, with buttons that do so. */
export function PaymentRequired({
  c,
  conversation,
  tiers,
}: {
  c: PageContext;
  conversation: ConversationView;
  tiers: readonly Tier[];
}) {
  const { chat: words } = c.var.words;
  if (!conversation.paymentRequired) return null;
  return (
    <div class="notice warn">
      <p>{words.mustPay}</p>
      <TierButtons c={c} action={`/chat/${conversation.id}/pay`} tiers={tiers} />
      {conversation.paymentStatus === "pending" ? <p class="hint">{words.paying}</p> : null}
    </div>
  );
}
