import { recordAgentUser } from "../agents/index.ts";
import { splitContext } from "./context-budget.ts";
import { countRequest } from "./count-request.ts";
import { endTurnWithRetries } from "./end-turn-with-retries.ts";
import { chatHistory } from "./history.ts";
import { withPaymentUrl } from "./payment-link.ts";
import { requestReply } from "./request-reply.ts";
import { resolveTurn } from "./resolve-turn.ts";
import { type TurnAnswer, type TurnContext, type TurnRequest, toRefusal } from "./turn.ts";
import type { EndedTurn, TurnEnd } from "./types.ts";

/**
 * Runs one turn of a conversation: stores the user's message, calls the model by the same paid path
 * as any chat, and stores the reply. Must be kept alive until it is over.
 */
export async function runTurn(outer: TurnContext, request: TurnRequest): Promise<TurnAnswer> {
  const { env, db, config, caller } = outer;
  const { userId } = caller;
  const count = await countRequest(env, userId);
  if (count.kind === "refused") return toRefusal(count.failure, count.rate);
  const context: TurnContext = { ...outer, isCounted: count.kind === "counted" };
  const resolved = await resolveTurn(context, request);
  if (!resolved.ok) return toRefusal(resolved.failure);
  const { target, conversation } = resolved.value;
  const { messageTokens } = splitContext(target.model, target.systemPrompt);
  const begun = await chatHistory(env, userId).begin({
    conversation,
    text: request.message,
    branchOf: request.branchOf ?? null,
    key: request.key,
    room: { messageTokens },
    ttlSeconds: config.HOLD_TTL_SECONDS,
  });
  if (begun.kind === "refused") return toRefusal(begun.failure);
  if (begun.kind === "replay")
    return { kind: "answered", answered: begun.answered, headers: {}, replayed: true };
  const { turn } = begun;
  const { conversationId, asked } = turn;
  const endTurn = async (end: TurnEnd): Promise<EndedTurn | null> => {
    const command = { conversationId, place: asked.place, end };
    const answered = await endTurnWithRetries(env, userId, command);
    if (answered?.isFirstOfAgent === true && target.agent !== null)
      await recordAgentUser(db, target.agent);
    return answered;
  };
  const answer = await requestReply({ context, request, turn, target, endTurn });
  const isUnpaid = answer.kind === "refused" && answer.failure.code === "insufficient_quota";
  if (!isUnpaid || !("id" in conversation)) return answer;
  return {
    ...answer,
    failure: await withPaymentUrl(context, userId, conversation.id, answer.failure),
  };
}
