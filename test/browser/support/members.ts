import { z } from "zod";
import { Api, checkout, newKey, plans } from "../../../dev/demo/api.ts";
import { payOn } from "../../../dev/demo/pay-page.ts";
import { until } from "../../../dev/demo/report.ts";
import { buy, newPerson, PAYS, type Person } from "../../journeys/support/person.ts";
import type { Stack } from "../../journeys/support/stack.ts";
import type { Onlooker } from "./pages.ts";

const session = z.object({ refreshToken: z.string() });
const subscription = z.object({ plan: z.object({ name: z.string() }) });

const ask = (model: string, content: string) => ({ model, messages: [{ role: "user" as const, content }] });

/** Subscribes somebody to Pro, whose trial begins. */
async function subscribe({ api, email }: Person): Promise<void> {
  const { data } = await api.get("/api/plans?limit=100", plans);
  const planId = data.find(({ name }) => name === "Pro")?.id;
  const opened = await api.post("/api/checkout", { planId, currency: "usd", interval: "month" }, checkout);
  const paid = await payOn(opened.url, email, PAYS);
  if ("problem" in paid) throw new Error(`The page says: ${paid.problem}`);
  await until("the subscription", async () => {
    const { plan } = await api.get("/api/subscription", subscription);
    return plan.name === "Pro" ? true : undefined;
  });
}

/** Somebody who has used all there is: a subscription, a pack, chats that the plan pays for and chats that credits do, keys. */
async function newMember({ url }: Pick<Stack, "url">): Promise<Person> {
  const member = await newPerson(url);
  await buy(member);
  await subscribe(member);
  const { openai } = member;
  for (const question of ["Where does this train go?", "And when is it there?", "Who drives it?"]) {
    await openai.chat.completions.create(ask("small", question));
    await openai.chat.completions.create(ask("large", question));
  }
  await member.signedIn.post("/api/api-keys", { name: "Website", budget: { credits: 20, period: "month" } }, newKey);
  return member;
}

/** Who looks at pages, each signed in already: null for who is not. */
export type Onlookers = Readonly<Record<Onlooker, { readonly refreshToken: string } | null>>;

export async function onlookers(stack: Pick<Stack, "url" | "admin">): Promise<Onlookers> {
  const [member, admin] = await Promise.all([newMember(stack), new Api(stack.url).post("/api/auth/login", stack.admin, session)]);
  return { visitor: null, member, admin };
}
