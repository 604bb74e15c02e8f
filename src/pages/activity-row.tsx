import { z } from "zod";
import type { PageContext } from "./context.ts";
import { formatNumber, formatTime } from "./format.ts";
import { formatSeconds } from "./format-figures.ts";
import { Time } from "./ui/time.tsx";

export const ENDINGS = ["complete", "client_gone", "upstream_failed", "expired"] as const;
type Ending = (typeof ENDINGS)[number];

const key = z.object({ id: z.string(), name: z.string().nullable() }).nullable();

/** The answer of the route, whose type is lost because it may also answer in CSV. */
const chatShape = z.object({
  id: z.string(),
  createdAt: z.string(),
  endedAt: z.string(),
  model: z.string(),
  key,
  inputTokens: z.number(),
  cachedInputTokens: z.number(),
  outputTokens: z.number(),
  pricing: z.object({ input: z.number(), cachedInput: z.number(), output: z.number() }),
  estimated: z.boolean(),
  cost: z.number(),
  payer: z.enum(["allowance", "credits", "overage"]).nullable(),
  latencyMs: z.number(),
  ending: z.enum(ENDINGS),
});
export const chatsPage = z.object({
  nextCursor: z.string().nullable(),
  data: z.array(chatShape),
});
/** A message, as lists have it. */
export type Chat = z.infer<typeof chatShape>;

/** How the ways in which a message ends are marked. */
export const KINDS: Readonly<Record<Ending, "good" | "warn" | "bad">> = {
  complete: "good",
  client_gone: "warn",
  upstream_failed: "bad",
  expired: "bad",
};

/** Returns how a key is called: by its name, as revoked, or as the chat on our own pages. */
export function keyName(c: PageContext, of: z.infer<typeof key>): string {
  const { activity: words } = c.var.words;
  return of === null ? words.webChat : (of.name ?? words.revokedKey);
}

function costText(c: PageContext, { payer, cost }: Chat): string {
  const { activity: words } = c.var.words;
  if (payer === "allowance") return words.included;
  if (payer === "overage") return words.overage;
  return payer === null ? words.notCharged : formatNumber(c, cost);
}

/** What a message cost, part by part, at the prices that it was charged by. */
export function PriceBreakdown({ c, chat }: { c: PageContext; chat: Chat }) {
  const { activity: words } = c.var.words;
  const { inputTokens, cachedInputTokens, outputTokens, pricing, payer } = chat;
  const parts = [
    [words.input, inputTokens - cachedInputTokens, pricing.input],
    [words.cachedInput, cachedInputTokens, pricing.cachedInput],
    [words.output, outputTokens, pricing.output],
  ] as const;
  return (
    <>
      {parts
        .filter(([label, tokens]) => tokens > 0 || label !== words.cachedInput)
        .map(([label, tokens, price]) => (
          <div>
            <dt>{label}</dt>
            <dd>
              {payer === "credits"
                ? words.atPrice(words.tokenCount(tokens), formatNumber(c, price))
                : words.tokenCount(tokens)}
            </dd>
          </div>
        ))}
      <div>
        <dt>{words.total}</dt>
        <dd>{costText(c, chat)}</dd>
      </div>
      <div>
        <dt>{words.paidBy}</dt>
        <dd>{payer === null ? words.nobody : words.payers[payer]}</dd>
      </div>
    </>
  );
}

/** The names of what stands in a line, above the first where there is room. */
export function ActivityHead({ c }: { c: PageContext }) {
  const { activity: words } = c.var.words;
  return (
    <li class="head" aria-hidden="true">
      <span class="model">{words.model}</span>
      <span class="when">{words.when}</span>
      <span class="key">{words.key}</span>
      <span class="tokens">{words.tokens}</span>
      <span class="took">{words.duration}</span>
      <span class="status">{words.status}</span>
      <span class="cost">{words.cost}</span>
    </li>
  );
}

/** One message: a line that opens to its id, times and price. */
export function ActivityRow({ c, chat }: { c: PageContext; chat: Chat }) {
  const { activity: words } = c.var.words;
  const tokens = chat.inputTokens + chat.outputTokens;
  return (
    <li>
      <details>
        <summary>
          <span class="model">{chat.model}</span>
          <span class="when">
            <Time c={c} iso={chat.createdAt} />
          </span>
          <span class="key">
            <bdi>{keyName(c, chat.key)}</bdi>
          </span>
          <span class="tokens">
            {formatNumber(c, tokens)}
            <span class="visually-hidden"> {words.tokens}</span>
          </span>
          <span class="took">{formatSeconds(c, chat.latencyMs)}</span>
          <span class="status">
            <span class={`badge ${KINDS[chat.ending]}`}>{words.statuses[chat.ending]}</span>
          </span>
          <span class="cost">{costText(c, chat)}</span>
        </summary>
        <dl class="facts">
          <div>
            <dt>{words.id}</dt>
            <dd>
              <a href={`/activity/${chat.id}`} aria-label={words.detailsOf(chat.id)}>
                <code>{chat.id}</code>
              </a>
            </dd>
          </div>
          <div>
            <dt>{words.started}</dt>
            <dd>{formatTime(c, chat.createdAt)}</dd>
          </div>
          <div>
            <dt>{words.ended}</dt>
            <dd>{formatTime(c, chat.endedAt)}</dd>
          </div>
          <PriceBreakdown c={c} chat={chat} />
          {chat.estimated ? (
            <div>
              <dt>{words.estimated}</dt>
              <dd>{words.estimatedHint}</dd>
            </div>
          ) : null}
        </dl>
      </details>
    </li>
  );
}
