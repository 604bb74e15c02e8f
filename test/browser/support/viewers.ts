import { z } from "zod";
import { Api, checkout, newKey, plans } from "../../../dev/demo/api.ts";
import { waitFor } from "../../../dev/demo/checks.ts";
import { payOnPage } from "../../../dev/demo/pay-page.ts";
import {
  buy,
  fetchOrder,
  GOOD_CARD,
  newPerson,
  type Person,
} from "../../journeys/support/person.ts";
import type { Stack } from "../../journeys/support/stack.ts";

const chats = z.object({ data: z.array(z.object({ id: z.string() })) });
const session = z.object({ refreshToken: z.string(), accessToken: z.string() });
const subscription = z.object({ plan: z.object({ name: z.string() }) });
const agent = z.object({ id: z.string() });
const planIds = z.object({ data: z.array(z.object({ id: z.string(), name: z.string() })) });
const ownSubscription = z.object({ id: z.string() });
const invoices = z.object({ invoices: z.array(z.object({ id: z.string() })) });
const events = z.object({ data: z.array(z.object({ id: z.string() })) });
const chatReply = z.object({ conversationId: z.string() });

const chatParams = (model: string, content: string) => ({
  model,
  messages: [{ role: "user" as const, content }],
});

/** Subscribes a person to Pro, with a trial. */
async function subscribe({ signedIn: api, email }: Person): Promise<void> {
  const { data } = await api.get("/api/plans?limit=100", plans);
  const planId = data.find(({ name }) => name === "Pro")?.id;
  const opened = await api.post(
    "/api/checkout",
    { planId, currency: "usd", interval: "month" },
    checkout,
  );
  const result = await payOnPage(opened.url, email, GOOD_CARD);
  if ("problem" in result) throw new Error(`The page says: ${result.problem}`);
  await waitFor("the subscription", async () => {
    const { plan } = await api.get("/api/subscription", subscription);
    return plan.name === "Pro" ? true : undefined;
  });
}

const GUIDE = {
  name: "Night guide",
  description: "Knows every line that runs after midnight, and which platform to wait on.",
  systemPrompt: "You guide passengers at night. Be short and exact.",
  greeting: "Good evening. Where are you, and where to?",
  model: "small",
  visibility: "listed",
  priceMinor: 500,
  currency: "usd",
};

/** Chats with a model in a stored conversation, and returns the conversation's id. */
async function converse({ api }: Person): Promise<string> {
  const { conversationId } = await api.post(
    "/api/chat",
    { message: "Where does this train go?", model: "large" },
    chatReply,
  );
  await api.post(
    "/api/chat",
    { message: "And when is it there?", model: "large", conversationId },
    chatReply,
  );
  return conversationId;
}

/** The ids of the member's things, and of what admins see, for the addresses of pages. */
interface Ids {
  readonly member: string;
  readonly order: string;
  readonly key: string;
  readonly chat: string;
  readonly session: string;
  readonly conversation: string;
  readonly agent: string;
  readonly subscription: string;
  readonly invoice: string;
  readonly event: string;
  /** A plan to which the member may change. */
  readonly otherPlan: string;
}

/** Finds what an admin sees of the member's subscription, and an event of Stripe's. */
async function findSales(url: string, accessToken: string, { signedIn }: Person) {
  const operator = new Api(url, accessToken);
  const { data: sold } = await operator.get("/api/plans/active?limit=100", planIds);
  const { id: subscriptionId } = await signedIn.get("/api/subscription", ownSubscription);
  const sale = await operator.get(`/api/admin/subscriptions/${subscriptionId}`, invoices);
  const { data: received } = await operator.get("/api/admin/events?limit=1", events);
  return {
    subscription: subscriptionId,
    invoice: sale.invoices[0]?.id ?? "none",
    event: received[0]?.id ?? "none",
    otherPlan: sold.find(({ name }) => name === "Business")?.id ?? "none",
  };
}

/** The users who view pages, signed in already; null for a visitor. */
export interface Viewers {
  readonly visitor: null;
  /**
   * A user who has one of everything: a subscription, a pack, chats paid by the plan and by
   * credits, keys, an agent.
   */
  readonly member: Pick<Person, "refreshToken">;
  readonly admin: Pick<Person, "refreshToken">;
  readonly ids: Ids;
}

/**
 * Signs up the users who view pages, and creates what their pages show.
 * @param memberDetails the member's name
 */
export async function createViewers(
  { url, admin }: Pick<Stack, "url" | "admin">,
  memberDetails: Parameters<typeof newPerson>[1] = {},
): Promise<Viewers> {
  const member = await newPerson(url, memberDetails);
  const order = await buy(member);
  await subscribe(member);
  for (const model of ["small", "large", "medium"])
    await member.openai.chat.completions.create(chatParams(model, "Who drives it?"));
  const key = await member.signedIn.post(
    "/api/api-keys",
    { name: "Website", budget: { credits: 20, period: "month" } },
    newKey,
  );
  const operator = await new Api(url).post("/api/auth/login", admin, session);
  return {
    visitor: null,
    member,
    admin: operator,
    ids: {
      ...(await findSales(url, operator.accessToken, member)),
      member: member.userId,
      order: (await fetchOrder(member, order)).id,
      chat: (await member.signedIn.get("/api/usage/chats?limit=1", chats)).data[0]?.id ?? "",
      key: `key_${key.key.slice(3, 11)}`,
      session: order.sessionId,
      conversation: await converse(member),
      agent: (await member.signedIn.post("/api/agents", GUIDE, agent)).id,
    },
  };
}
