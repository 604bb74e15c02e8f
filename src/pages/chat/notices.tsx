import type { ApiRefusal } from "../api.ts";
import { Notice } from "../components.tsx";
import type { PageContext } from "../context.ts";
import { formatMoney } from "../format.ts";
import type { ChatData, ChosenAgent, ConversationView, Tier } from "./data.ts";
import { refusalText } from "./message-text.ts";
import { includedModel, quotaReason } from "./quota-reason.ts";

/** A message that was not answered, and the reason. */
export interface RejectedMessage {
  readonly message: string;
  readonly model: string | undefined;
  readonly refusal: ApiRefusal;
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
        <button type="submit" name="tier" value={slug} class="plain">
          <bdi>{name}</bdi>
          {price === undefined ? null : (
            <bdi>{formatMoney(c, price.amountMinor, price.currency)}</bdi>
          )}
        </button>
      ))}
    </form>
  );
}

interface QuotaNoticeProps {
  readonly c: PageContext;
  readonly data: ChatData;
  /** The path of this page, to return to after buying. */
  readonly currentPath: string;
  /** Null before the conversation exists. The script then fills it in. */
  readonly conversationId: string | null;
  /** The plans that unlock this conversation alone; none where it is paid. */
  readonly tiers: readonly Tier[];
  /** Null before there is one. The script then shows it. */
  readonly rejected: RejectedMessage | null;
}

/** The notice that a message is not covered: why, and what the reader can do, which leads back. */
function QuotaNotice({ c, data, currentPath, conversationId, tiers, rejected }: QuotaNoticeProps) {
  const { chat: words } = c.var.words;
  const next = encodeURIComponent(currentPath);
  const reason =
    rejected === null ? null : quotaReason(c, data.plan, rejected.model, rejected.refusal.body);
  const included = data.plan === null ? undefined : includedModel(data.models, data.plan.models);
  const canUse = reason?.isModelMissing === true && included !== undefined;
  return (
    <div class="notice warn" data-quota hidden={reason === null}>
      <p>
        <strong data-part="reason">{reason?.title ?? ""}</strong>{" "}
        <span data-part="text">{reason?.details.join(" ") ?? ""}</span>
      </p>
      <div class="row">
        <button
          type="submit"
          form="composer"
          name="useModel"
          value={included?.id ?? ""}
          data-use-model
          hidden={!canUse}
        >
          {included === undefined ? "" : words.useModel(included.id)}
        </button>
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

/** The notice that the agent was deleted or has to be bought. */
export function AgentNotice({
  c,
  agentId,
  agent,
}: {
  c: PageContext;
  /** Null where the conversation is with a plain model. */
  agentId: string | null;
  /** Null also where the agent of a conversation was deleted. */
  agent: ChosenAgent | null;
}) {
  const { chat: words } = c.var.words;
  if (agentId === null || agent?.canChat === true) return null;
  return (
    <Notice kind="warn">
      <p>
        {agent === null ? words.agentGone : words.agentBuy(agent.name)}{" "}
        <a href="/marketplace">{words.toMarket}</a>
      </p>
    </Notice>
  );
}

interface ChatProblemsProps {
  readonly c: PageContext;
  readonly data: ChatData;
  readonly conversation: ConversationView | null;
  readonly agentId: string | null;
  readonly rejected: RejectedMessage | undefined;
}

/** The notices of why the last message was not answered. The script fills the same ones. */
export function ChatProblems({ c, data, conversation, agentId, rejected }: ChatProblemsProps) {
  const refusal = rejected?.refusal ?? null;
  const isQuotaExceeded = refusal?.status === 402;
  const currentPath =
    conversation === null
      ? `/chat${agentId === null ? "" : `?agent=${encodeURIComponent(agentId)}`}`
      : `/chat/${conversation.id}`;
  // A conversation that has to be paid for has its own notice above.
  const isPayable =
    conversation === null ||
    (conversation.paymentStatus !== "paid" && !conversation.paymentRequired);
  return (
    <div role="alert">
      <QuotaNotice
        c={c}
        data={data}
        currentPath={currentPath}
        conversationId={conversation?.id ?? null}
        tiers={isPayable ? data.tiers : []}
        rejected={isQuotaExceeded && rejected !== undefined ? rejected : null}
      />
      <div class="notice bad" data-problem hidden={refusal === null || isQuotaExceeded}>
        <p data-part="text">{refusal === null ? "" : refusalText(c, refusal.body)}</p>
      </div>
    </div>
  );
}
