import type { SettleResult } from "../account/index.ts";
import type { Failure } from "../errors.ts";
import { log } from "../log.ts";
import { toCredits } from "../units.ts";
import type { ActiveChat, ChatContext, Settlement } from "./types.ts";

/** What is reported of a chat. */
type ReportedChat = Pick<ActiveChat, "hold" | "timing" | "served"> & {
  readonly request: Pick<ActiveChat["request"], "model" | "stream">;
};

type ReportContext = Pick<ChatContext, "env" | "config" | "caller" | "requestId">;

/** Reports a chat that was refused before the upstream was called. */
export function reportRefusal(
  { config, requestId, caller }: ReportContext,
  model: string,
  { code, param }: Failure,
): void {
  if (!config.LOG_CHATS) return;
  const { userId, via } = caller;
  log.info("chat.refused", {
    requestId,
    userId,
    via: via.kind,
    model,
    ending: "refused",
    code,
    param,
  });
}

/**
 * Reports how a chat ended, after it was settled: as a line in the log and, where CHAT_ANALYTICS is
 * bound, as a data point (https://developers.cloudflare.com/analytics/analytics-engine/): index the
 * user; blobs model, ending, payer, how it was settled, upstream; doubles input tokens, cached
 * ones, output tokens, credits, ms to authorize, to the upstream's headers, and in all, and how
 * many upstreams were tried. Neither holds a key or a word of the chat.
 * @param settleReply the account's answer; null when it could not be reached, so that the hold will
 *   expire uncharged
 */
export function reportChat(
  { env, config, requestId, caller }: ReportContext,
  chat: ReportedChat,
  { outcome, holdNo }: Omit<Settlement, "response">,
  settleReply: SettleResult | null,
): void {
  const { request, hold, timing, served } = chat;
  const { payer } = hold.terms;
  const { input = 0, cachedInput = 0, output = 0 } = outcome.usage ?? {};
  const cost = toCredits(settleReply?.costMicrocredits ?? 0);
  const authorizeMs = timing.authorizedAt - timing.identifiedAt;
  const upstreamMs = timing.answeredAt === null ? null : timing.answeredAt - timing.authorizedAt;
  const ended = settleReply?.ended ?? "unsettled";
  if (config.LOG_CHATS)
    log.info("chat.ended", {
      requestId,
      userId: caller.userId,
      via: caller.via.kind,
      holdId: `hld_${holdNo}`,
      model: request.model,
      stream: request.stream,
      upstream: served.upstream,
      upstreamsTried: served.tried,
      overlapped: served.isOverlapped === true,
      ending: outcome.ending,
      settled: ended,
      payer,
      inputTokens: input,
      cachedTokens: cachedInput,
      outputTokens: output,
      estimated: outcome.estimated,
      cost,
      authorizeMs,
      upstreamMs,
      latencyMs: outcome.latencyMs,
    });
  env.CHAT_ANALYTICS?.writeDataPoint({
    indexes: [caller.userId],
    blobs: [request.model, outcome.ending, payer, ended, served.upstream ?? ""],
    doubles: [
      input,
      cachedInput,
      output,
      cost,
      authorizeMs,
      upstreamMs ?? -1,
      outcome.latencyMs,
      served.tried,
    ],
  });
}
