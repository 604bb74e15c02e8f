import { ok, type Result } from "../errors.ts";
import { chatHistory } from "./history.ts";
import { withPaymentUrl } from "./payment-link.ts";
import { requirePaidConversation } from "./payment-state.ts";
import { type ChatTarget, resolveTarget, resolveTurnTarget } from "./resolve-target.ts";
import type { TurnContext, TurnRequest } from "./turn.ts";
import type { BeginTurnCommand } from "./types.ts";

/** A turn's conversation, existing or new, and its target. */
interface ResolvedTurn {
  readonly target: ChatTarget;
  readonly conversation: BeginTurnCommand["conversation"];
}

async function resolveFirstTurn(
  context: TurnContext,
  { agentId, model: modelId }: TurnRequest,
): Promise<Result<ResolvedTurn>> {
  const params = { agentId, model: modelId, systemPrompt: null };
  const target = await resolveTarget(context, context.caller.userId, params);
  if (!target.ok) return target;
  const { model, agent } = target.value;
  const create = {
    title: null,
    agentId,
    model: agent === null ? model.id : null,
    systemPrompt: null,
    greeting: agent?.greeting ?? null,
  };
  return ok({ target: target.value, conversation: { create } });
}

/** Resolves the conversation and the target of a turn, if the user may take it. */
export async function resolveTurn(
  context: TurnContext,
  request: TurnRequest,
): Promise<Result<ResolvedTurn>> {
  const { env, db, caller } = context;
  const { userId } = caller;
  const unpaid = await requirePaidConversation(db, userId, request.conversationId);
  if (request.conversationId === null)
    return unpaid === null
      ? await resolveFirstTurn(context, request)
      : { ok: false, failure: unpaid };
  const conversation = await chatHistory(env, userId).conversation(request.conversationId);
  if (!conversation.ok) return conversation;
  const { id } = conversation.value;
  if (unpaid !== null)
    return { ok: false, failure: await withPaymentUrl(context, userId, id, unpaid) };
  const target = await resolveTurnTarget(context, userId, conversation.value, request);
  return target.ok ? ok({ target: target.value, conversation: { id } }) : target;
}
