import type { InferResponseType } from "hono/client";
import { type ApiClient, ApiRefusal, said } from "./api.ts";
import type { PageContext } from "./context.ts";
import { defaultModelOf } from "./default-model.ts";
import { wirePart } from "./path-param.ts";

type Api = ApiClient["api"];
type Listed<T> =
  Extract<T, { data: unknown }> extends { data: readonly (infer One)[] } ? One : never;

export type ShownConversation = Listed<InferResponseType<Api["conversations"]["$get"]>>;
export type ShownMessage = Listed<
  InferResponseType<Api["conversations"][":id"]["messages"]["$get"]>
>;
export type Tier = Listed<InferResponseType<Api["plans"]["active"]["$get"]>>;

const CONVERSATIONS = "30";
const MESSAGES = "50";
const AGENTS = "20";
const STRANGERS = "8";

/** Whom a user can talk to. */
export interface Partner {
  readonly id: string;
  readonly name: string;
}

/** The agent of a conversation. `canTalk` is false where it has to be bought first. */
export interface ChosenAgent extends Partner {
  readonly greeting: string | null;
  readonly canTalk: boolean;
}

/** An agent, or null where there is none for this user. */
export async function agentOf(c: PageContext, id: string): Promise<ChosenAgent | null> {
  try {
    const { name, greeting, access } = await said(
      c.var.api.api.agents[":id"].$get({ param: { id: wirePart(id) } }),
    );
    return { id, name, greeting, canTalk: access !== null };
  } catch (error) {
    if (error instanceof ApiRefusal && error.status === 404) return null;
    throw error;
  }
}

/**
 * The user's own agents, those they bought, and the most popular of the others that cost nothing.
 */
async function partnersOf(c: PageContext): Promise<Partner[]> {
  const { agents, marketplace } = c.var.api.api;
  const [own, bought, market] = await Promise.all([
    said(agents.$get({ query: { limit: AGENTS } })),
    said(agents.licensed.$get({ query: { limit: AGENTS } })),
    said(marketplace.$get({ query: { limit: STRANGERS, sort: "popular" } })),
  ]);
  const free = market.data.filter(({ priceMinor }) => priceMinor === null);
  // An agent may be more than one of these.
  const byId = new Map(
    [...own.data, ...bought.data, ...free].map(({ id, name }) => [id, { id, name }]),
  );
  return [...byId.values()];
}

/**
 * What stands beside and below every conversation: the others, who else can be talked to, models,
 * and what is sold.
 */
export async function surroundings(c: PageContext) {
  const { api, v1 } = c.var.api;
  const cursor = c.req.query("cursor");
  const [conversations, partners, models, plans] = await Promise.all([
    said(
      api.conversations.$get({
        query: { limit: CONVERSATIONS, ...(cursor === undefined ? {} : { cursor }) },
      }),
    ),
    partnersOf(c),
    said(v1.models.$get()),
    said(api.plans.active.$get({ query: { limit: "100" } })),
  ]);
  return {
    conversations,
    cursor,
    partners,
    models: models.data,
    /** Who replies where nobody said who, as the wire chooses. */
    defaultModel: await defaultModelOf(
      c,
      models.data.map(({ id }) => id),
    ),
    /** Plans that unlock one conversation. */
    tiers: plans.data.filter(
      ({ unlocks, prices }) => unlocks === "conversation" && prices.length > 0,
    ),
  };
}
export type Surroundings = Awaited<ReturnType<typeof surroundings>>;

/**
 * A conversation with a page of what was said in it, oldest first. `earlier`: the cursor of the
 * page before, if there is one.
 */
export async function conversationOf(c: PageContext, id: string, cursor: string | undefined) {
  const found = c.var.api.api.conversations[":id"];
  const param = { id: wirePart(id) };
  const query = {
    limit: MESSAGES,
    order: "desc" as const,
    ...(cursor === undefined ? {} : { cursor }),
  };
  const [conversation, page] = await Promise.all([
    said(found.$get({ param })),
    said(found.messages.$get({ param, query })),
  ]);
  return { conversation, messages: page.data.toReversed(), earlier: page.nextCursor };
}
