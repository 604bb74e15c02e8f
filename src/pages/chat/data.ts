import { chooseDefaultModel } from "../../catalog/index.ts";
import { type ApiClient, ApiRefusal, type ListItem, unwrap } from "../api.ts";
import type { PageContext } from "../context.ts";
import { encodePathPart } from "../path-param.ts";
import type { MessageView } from "./message-view.ts";

type Api = ApiClient["api"];

export type ConversationView = ListItem<Api["conversations"]["$get"]>;
export type Tier = ListItem<Api["plans"]["active"]["$get"]>;
export type Model = ListItem<ApiClient["v1"]["models"]["$get"]>;

const CONVERSATIONS_PAGE_SIZE = "30";
const MESSAGES_PAGE_SIZE = "50";
const AGENTS_PAGE_SIZE = "20";
const POPULAR_AGENTS_PAGE_SIZE = "8";
const SEARCH_CHARACTERS_MAX = 200;

/** An agent that the user can start a conversation with. */
export interface AgentLink {
  readonly id: string;
  readonly name: string;
}

/** The agent of a conversation. `canChat` is false where the user has to buy it first. */
export interface ChosenAgent extends AgentLink {
  readonly greeting: string | null;
  readonly canChat: boolean;
}

/** Returns an agent, or null where the user cannot see it. */
export async function findAgent(c: PageContext, id: string): Promise<ChosenAgent | null> {
  try {
    const { name, greeting, access } = await unwrap(
      c.var.api.api.agents[":id"].$get({ param: { id: encodePathPart(id) } }),
    );
    return { id, name, greeting, canChat: access !== null };
  } catch (error) {
    if (error instanceof ApiRefusal && error.status === 404) return null;
    throw error;
  }
}

/** Lists the user's own agents, those they bought, and the most popular free agents. */
async function listChatAgents(c: PageContext): Promise<AgentLink[]> {
  const { agents, marketplace } = c.var.api.api;
  const [own, bought, market] = await Promise.all([
    unwrap(agents.$get({ query: { limit: AGENTS_PAGE_SIZE } })),
    unwrap(agents.licensed.$get({ query: { limit: AGENTS_PAGE_SIZE } })),
    unwrap(marketplace.$get({ query: { limit: POPULAR_AGENTS_PAGE_SIZE, sort: "popular" } })),
  ]);
  const free = market.data.filter(({ priceMinor }) => priceMinor === null);
  // An agent may be in more than one of these lists.
  const byId = new Map(
    [...own.data, ...bought.data, ...free].map(({ id, name }) => [id, { id, name }]),
  );
  return [...byId.values()];
}

/** Loads the plan that the reader has. */
const loadPlan = (c: PageContext) =>
  c.var.viewer === null
    ? null
    : unwrap(
        c.var.api.api.plans[":idOrSlug"].$get({
          param: { idOrSlug: encodePathPart(c.var.viewer.planId) },
        }),
      );

/** Loads what every page of the chat shows: the conversations, agents, models, plan and tiers. */
export async function loadChatData(c: PageContext) {
  const { api, v1 } = c.var.api;
  const { cursor, search: typed = "" } = c.req.query();
  const search = typed.trim().slice(0, SEARCH_CHARACTERS_MAX);
  const query = {
    limit: CONVERSATIONS_PAGE_SIZE,
    ...(cursor === undefined ? {} : { cursor }),
    ...(search === "" ? {} : { search }),
  };
  const [conversations, agents, models, plans, plan] = await Promise.all([
    unwrap(api.conversations.$get({ query })),
    listChatAgents(c),
    unwrap(v1.models.$get()),
    unwrap(api.plans.active.$get({ query: { limit: "100" } })),
    loadPlan(c),
  ]);
  const modelIds = models.data.map(({ id }) => id);
  return {
    conversations,
    cursor,
    search,
    agents,
    models: models.data,
    plan,
    /** The model of a new conversation, unless the user chooses another. */
    defaultModel: chooseDefaultModel(modelIds, plan?.models ?? null),
    /** The plans that unlock one conversation. */
    tiers: plans.data.filter(
      ({ unlocks, prices }) => unlocks === "conversation" && prices.length > 0,
    ),
  };
}
export type ChatData = Awaited<ReturnType<typeof loadChatData>>;

/**
 * Loads a conversation with a page of its messages, oldest first. `earlierCursor` is that of the
 * page before, or null.
 */
export async function loadConversation(c: PageContext, id: string, cursor: string | undefined) {
  const route = c.var.api.api.conversations[":id"];
  const param = { id: encodePathPart(id) };
  const query = {
    limit: MESSAGES_PAGE_SIZE,
    order: "desc" as const,
    ...(cursor === undefined ? {} : { cursor }),
  };
  const [conversation, page] = await Promise.all([
    unwrap(route.$get({ param })),
    unwrap(route.messages.$get({ param, query })),
  ]);
  const messages: MessageView[] = page.data.toReversed();
  return { conversation, messages, earlierCursor: page.nextCursor };
}
