import type { SettleReply } from "../account/index.ts";
import type { Failure } from "../errors.ts";
import { toCredits } from "../units.ts";
import type { Ride } from "./answer.ts";
import type { ChatContext } from "./complete.ts";
import type { Settlement } from "./settle.ts";

type Reporting = Pick<ChatContext, "env" | "config" | "caller" | "requestId">;

/** One line of JSON for each chat, for whoever reads the Worker's logs. Nothing of what was said, and no key. */
function log(config: Reporting["config"], line: Readonly<Record<string, unknown>>): void {
  if (config.LOG_CHATS) console.log(JSON.stringify({ level: "info", at: "chat", ...line }));
}

const who = ({ requestId, caller }: Reporting) => ({ requestId, userId: caller.userId, via: caller.via.kind });

/** Reports a chat that was refused before the upstream was asked. */
export function reportRefusal(context: Reporting, model: string, { code, param }: Failure): void {
  log(context.config, { ...who(context), model, ending: "refused", code, param });
}

/**
 * Reports how a chat ended, after it was settled: as a line in the log and, where CHAT_ANALYTICS is bound, as a data point
 * (https://developers.cloudflare.com/analytics/analytics-engine/): index the user; blobs model, ending, payer, how it was settled;
 * doubles input tokens, cached ones, output tokens, credits, and ms to authorize, to the upstream's headers, and in all.
 * @param settled what the account said; null when it could not be told, so that the hold will expire uncharged
 */
export function reportChat(
  context: Reporting,
  ride: Ride,
  { outcome, holdNo }: Omit<Settlement, "response">,
  settled: SettleReply | null,
): void {
  const { ask, held, timing } = ride;
  const { payer } = held.terms;
  const { input = 0, cachedInput = 0, output = 0 } = outcome.usage ?? {};
  const cost = toCredits(settled?.costMicrocredits ?? 0);
  const authorizeMs = timing.authorizedAt - timing.identifiedAt;
  const upstreamMs = timing.answeredAt === null ? null : timing.answeredAt - timing.authorizedAt;
  const ended = settled?.ended ?? "unsettled";
  log(context.config, {
    ...who(context),
    holdId: `hld_${holdNo}`,
    model: ask.model,
    stream: ask.stream,
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
  context.env.CHAT_ANALYTICS?.writeDataPoint({
    indexes: [context.caller.userId],
    blobs: [ask.model, outcome.ending, payer, ended],
    doubles: [input, cachedInput, output, cost, authorizeMs, upstreamMs ?? -1, outcome.latencyMs],
  });
}
