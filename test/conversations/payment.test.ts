import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { setUserPlan } from "../../src/auth/index.ts";
import { findPlan, loadCatalog } from "../../src/catalog/index.ts";
import { database } from "../../src/db.ts";
import { call, readError } from "../support/call.ts";
import { listMessages, sendMessage, takeTurn } from "../support/conversation.ts";
import { type FundedUser, signUpFundedUser } from "../support/funded-user.ts";
import { standInModel } from "../support/model.ts";
import { createKey } from "../support/sign-up.ts";
import { standInStripe, type TestStripe } from "../support/stripe.ts";

const tier = (slug: string, amountMinor: number, credits: number) => ({
  slug,
  name: `Tier ${slug}`,
  kind: "one_time" as const,
  unlocks: "conversation" as const,
  credits,
  prices: [{ currency: "usd", amountMinor }],
});
// Before the default catalog's own tier, so that the link of a 402 is to the first of these.
const SHOP = {
  models: [],
  plans: [
    { ...tier("t-cheap", 150, 3), sortOrder: 1 },
    { ...tier("t-dear", 900, 30), sortOrder: 2 },
    { slug: "t-nothing", name: "Nothing", kind: "one_time" as const, credits: 1 },
  ],
};

beforeAll(async () => {
  await signUpFundedUser(0);
  await loadCatalog(database(env.DB), SHOP, Date.now());
});

/** Signs up a user whose plan includes no messages: every conversation has to be paid. */
async function gated(): Promise<FundedUser> {
  const who = await signUpFundedUser(0);
  const plan = await findPlan(database(env.DB), "t-nothing");
  if (plan === undefined) throw new Error("no plan");
  await setUserPlan(database(env.DB), who.userId, plan, Date.now());
  return who;
}

const shown = z.object({
  id: z.string(),
  paymentStatus: z.string(),
  stripeSessionId: z.string().nullable(),
  paymentRequired: z.boolean(),
});
async function make(who: FundedUser) {
  const response = await call("POST", "/api/conversations", {
    token: who.token,
    body: { model: "large" },
  });
  return shown.parse(await response.json());
}
const fetchConversation = async (who: FundedUser, id: string) =>
  shown.parse(await (await call("GET", `/api/conversations/${id}`, { token: who.token })).json());
const link = (who: FundedUser, body: Record<string, unknown>) =>
  call("POST", "/api/payments/link", { token: who.token, body });
const refusal = z.object({
  error: z.looseObject({ code: z.string(), paymentUrl: z.string().optional() }),
});
async function refusalOf(response: Response) {
  expect(response.status).toBe(402);
  return refusal.parse(await response.json()).error;
}
async function pay(stripe: TestStripe, url: string): Promise<void> {
  await stripe.pay(url);
  await stripe.control.deliver();
}

describe("a conversation that has to be paid", () => {
  it("answers 402 with one payment page each time, and opens once that is paid", async () => {
    const stripe = standInStripe();
    const model = standInModel();
    const who = await gated();
    const { id, ...standing } = await make(who);
    expect(standing).toEqual({
      paymentStatus: "unpaid",
      stripeSessionId: null,
      paymentRequired: true,
    });
    const first = await refusalOf(
      await sendMessage(who, { conversationId: id, message: "Hello." }),
    );
    expect(first.paymentUrl).toContain("http://stripe.test/");
    const again = await refusalOf(
      await call("POST", `/api/conversations/${id}/messages`, {
        token: who.token,
        body: { message: "Hello." },
      }),
    );
    expect(again.paymentUrl).toBe(first.paymentUrl);
    expect(await fetchConversation(who, id)).toMatchObject({
      paymentStatus: "pending",
      paymentRequired: true,
    });
    expect(model.calls).toHaveLength(0);

    await pay(stripe, first.paymentUrl ?? "");
    expect(await fetchConversation(who, id)).toMatchObject({
      paymentStatus: "paid",
      paymentRequired: false,
    });
    await takeTurn(who, { conversationId: id, message: "Hello." });
    expect(await listMessages(who, id)).toHaveLength(2);
    const other = await make(who);
    expect((await sendMessage(who, { conversationId: other.id, message: "Hello." })).status).toBe(
      402,
    );
    expect((await sendMessage(who, { message: "Hello." })).status).toBe(402);
  });

  it("sends whoever comes with a key to the page where its owner signs in", async () => {
    const stripe = standInStripe();
    standInModel();
    const who = await gated();
    const { id } = await make(who);
    const refused = await refusalOf(
      await sendMessage({ ...who, token: who.key }, { conversationId: id, message: "Hello." }),
    );
    expect(refused.paymentUrl).toBe(`http://farebox.test/chat/${id}`);
    const purchaseLimit = { amountMinor: 1, currency: "usd", period: "month" };
    const buyer = await createKey(who, { scopes: ["billing"], purchaseLimit });
    const beyond = await link({ ...who, token: buyer }, { conversationId: id, tier: "t-dear" });
    expect(await readError(beyond)).toMatchObject({ status: 403, code: "purchase_limit_exceeded" });
    expect((await stripe.client.checkout.sessions.list()).data).toEqual([]);
  });

  it("is paid in the tier that its owner chooses", async () => {
    const stripe = standInStripe();
    standInModel();
    const who = await gated();
    const { id } = await make(who);
    const page = await link(who, { conversationId: id, tier: "t-dear" });
    expect(page.status).toBe(200);
    const { url } = await page.json<{ url: string; sessionId: string }>();
    await pay(stripe, url);
    const { creditBalance } = await (
      await call("GET", "/api/users/me", { token: who.token })
    ).json<{ creditBalance: number }>();
    expect(creditBalance).toBe(30);
    expect((await link(who, { conversationId: id, tier: "t-dear" })).status).toBe(409);
    const list = await (await call("GET", "/api/conversations", { token: who.token })).json();
    expect(list).toMatchObject({ data: [{ id, paymentStatus: "paid" }] });
  });

  it("has no link for another user, an unknown tier or an unknown conversation", async () => {
    standInStripe();
    const [who, other] = [await gated(), await gated()];
    const { id } = await make(who);
    expect((await link(other, { conversationId: id, tier: "t-cheap" })).status).toBe(404);
    for (const [body, param] of [
      [{ conversationId: id, tier: "free" }, "tier"],
      [{ conversationId: id, tier: "t-cheap", currency: "jpy" }, "currency"],
      [{ conversationId: "cnv_1", tier: "t-cheap" }, "conversationId"],
      [{ conversationId: id }, "tier"],
      [{ conversationId: id, tier: "t-cheap", amountMinor: 1 }, "amountMinor"],
    ] as const) {
      const response = await link(who, body);
      expect([response.status, await response.json()]).toMatchObject([400, { error: { param } }]);
    }
  });
});

describe("a conversation of a user whose plan includes messages", () => {
  it("need not be paid, and names its payment page when plan and credits run out", async () => {
    standInStripe();
    standInModel();
    const who = await signUpFundedUser(1);
    const { conversationId } = await takeTurn(who, { message: "Hello." });
    expect(await fetchConversation(who, conversationId)).toMatchObject({
      paymentStatus: "unpaid",
      paymentRequired: false,
    });
    const refused = await refusalOf(
      await sendMessage(who, { conversationId, message: "Hello?", model: "exact" }),
    );
    expect(refused.paymentUrl).toContain("http://stripe.test/");
    expect(refused["upgradeUrl"]).toBe("http://farebox.test/pricing");
  });

  it("answers 402 all the same when Stripe cannot be reached", async () => {
    standInModel();
    const who = await signUpFundedUser(1);
    const { conversationId } = await takeTurn(who, { message: "Hello." });
    const refused = await refusalOf(
      await sendMessage(who, { conversationId, message: "Hello?", model: "exact" }),
    );
    expect(refused.paymentUrl).toBeUndefined();
  });
});
