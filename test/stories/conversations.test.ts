import { afterEach, expect, it, vi } from "vitest";
import { catalog } from "../../dev/catalogs/conversations.ts";
import { call } from "../support/call.ts";
import {
  beginStory,
  DAY_MS,
  type Person,
  payAndDeliver,
  payOnPage,
  requestWithKey,
  signUpPerson,
} from "../support/story.ts";

vi.setConfig({ testTimeout: 60_000 });
afterEach(() => vi.useRealTimers());

const STARTS_AT = Date.UTC(2083, 0, 15, 10, 30);
const NOT_FOUND = { status: 404, json: { error: { code: "not_found" } } };
const NO_KEYS = { status: 403, json: { error: { code: "payment_required_for_keys" } } };

interface Named {
  readonly id: string;
}
interface Link {
  readonly url: string;
  readonly sessionId: string;
}
interface Keys {
  readonly keys: (Named & { readonly prefix: string })[];
}

const link = (who: Person, conversationId: string, tier: string) =>
  who.post<Link>("/api/payments/link", { conversationId, tier });
const say = (who: Person, { id }: Named, message: string) =>
  who.request("POST", `/api/conversations/${id}/messages`, { message, model: "large" });
const paymentOf = async (who: Person, { id }: Named) =>
  (await who.get<{ paymentStatus: string }>(`/api/conversations/${id}`)).paymentStatus;
const ordersOf = async (who: Person) => (await who.get<{ data: Named[] }>("/api/orders")).data;

it("conversations: each is unlocked by a payment of its own, and comes with an API key", async () => {
  const story = await beginStory(catalog, STARTS_AT);
  const { stripe, advance: later } = story;
  // The operator gives keys to nobody who has not paid.
  const strict = { API_KEYS_REQUIRE_PAYMENT: "true" };
  const [user, other] = [
    await signUpPerson(undefined, strict),
    await signUpPerson(undefined, strict),
  ];
  expect(await user.request("GET", "/api/api-keys")).toMatchObject(NO_KEYS);
  expect(await user.request("POST", "/api/api-keys", { name: "Mine" })).toMatchObject(NO_KEYS);

  // A conversation that nobody has paid for. The large model is none of the Free plan's.
  const conversation = await user.post<Named>("/api/conversations", { title: "Test Conversation" });
  expect(await paymentOf(user, conversation)).toBe("unpaid");
  expect(await other.request("GET", `/api/conversations/${conversation.id}`)).toMatchObject(
    NOT_FOUND,
  );

  // Its link: for its owner, in a tier that is sold, and nobody who is not known.
  const premium = { conversationId: conversation.id, tier: "premium" };
  expect((await call("POST", "/api/payments/link", { body: premium })).status).toBe(401);
  expect(await other.request("POST", "/api/payments/link", premium)).toMatchObject(NOT_FOUND);
  expect(
    await user.request("POST", "/api/payments/link", { ...premium, tier: "gold" }),
  ).toMatchObject({
    status: 400,
    json: { error: { code: "invalid_request", param: "tier" } },
  });
  expect(await paymentOf(user, conversation)).toBe("unpaid");
  const page = await link(user, conversation.id, "premium");
  expect(page).toMatchObject({
    url: expect.stringMatching(/^http/),
    sessionId: expect.stringMatching(/^cs_/),
  });
  expect(await paymentOf(user, conversation)).toBe("pending");
  const session = await stripe.client.checkout.sessions.retrieve(page.sessionId);
  expect(session).toMatchObject({
    amount_total: 999,
    currency: "usd",
    metadata: { userId: user.userId, subjectId: conversation.id },
  });
  // Another link is another page: the one before can no longer be paid.
  const again = await link(user, conversation.id, "premium");
  expect((await stripe.pay(page.url)).status).not.toBe(303);
  expect((await say(user, conversation, "Hello?")).status).toBe(402);

  // Paid. What says so has to be Stripe: without its signature, or with a changed body, nothing is
  // believed.
  await payOnPage(stripe, again.url);
  const event = stripe.control.events().find(({ type }) => type === "checkout.session.completed");
  const delivery = await stripe.control.signed(event?.id ?? "");
  const [body, signature] = [
    (await delivery?.text()) ?? "",
    delivery?.headers.get("stripe-signature") ?? "",
  ];
  const webhook = (headers: Record<string, string>, text = body) =>
    call("POST", "/api/webhooks/stripe", {
      body: text,
      headers: { "content-type": "application/json", ...headers },
    });
  expect((await webhook({})).status).toBe(400);
  expect((await webhook({ "stripe-signature": "t=1,v1=00" })).status).toBe(400);
  expect(
    (await webhook({ "stripe-signature": signature }, body.replace("999", "998"))).status,
  ).toBe(400);
  expect(await paymentOf(user, conversation)).toBe("pending");
  const believed = await webhook({ "stripe-signature": signature });
  expect([believed.status, await believed.json()]).toEqual([200, { received: true }]);
  await stripe.control.flush();
  expect(await paymentOf(user, conversation)).toBe("paid");
  const [order] = await ordersOf(user);
  expect(order).toMatchObject({
    kind: "conversation",
    subjectId: conversation.id,
    status: "completed",
    amountMinor: 999,
    currency: "usd",
  });
  expect(await user.get("/api/users/me")).toMatchObject({ creditBalance: 100 });
  expect(await user.request("POST", "/api/payments/link", premium)).toMatchObject({
    status: 409,
    json: { error: { code: "already_purchased" } },
  });

  // The key that came with it is shown once, to its owner.
  const shown = `/api/orders/${order?.id}/api-key`;
  expect(await other.request("GET", shown)).toMatchObject(NOT_FOUND);
  const { key } = await user.get<{ key: string }>(shown);
  expect(key).toMatch(/^sk_[0-9a-f]{64}$/);
  expect(await user.request("GET", shown)).toMatchObject(NOT_FOUND);

  // It works, for chats and for what is its owner's; the list tells it by its first 20 characters.
  expect(await requestWithKey(key, "GET", "/api/credits")).toMatchObject({
    status: 200,
    json: { available: 100 },
  });
  const chat = { model: "large", messages: [{ role: "user", content: "Hello" }] };
  expect(await requestWithKey(key, "POST", "/v1/chat/completions", chat)).toMatchObject({
    status: 200,
    json: { object: "chat.completion" },
  });
  expect((await say(user, conversation, "Hello again")).status).toBe(200);
  const { available } = await user.get<{ available: number }>("/api/credits");
  expect(available).toBeLessThan(100);
  const listed = await requestWithKey(key, "GET", "/api/api-keys");
  expect(listed).toMatchObject({
    status: 200,
    json: {
      keys: [
        {
          prefix: key.slice(0, 20),
          name: "Auto-generated from payment",
          createdAt: expect.stringMatching(/^2083-01-15T10:30:/),
          lastUsedAt: expect.stringMatching(/^2083-01-15T10:3/),
        },
      ],
    },
  });
  expect(JSON.stringify(listed.json)).not.toContain(key);
  expect((await user.request("POST", "/api/api-keys", { name: "Mine" })).status).toBe(201);

  // Deleted, it is nobody's on the next request.
  const { keys } = await user.get<Keys>("/api/api-keys");
  const keyId = keys.find(({ prefix }) => prefix === key.slice(0, 20))?.id;
  expect(await other.request("DELETE", `/api/api-keys/${keyId}`)).toMatchObject(NOT_FOUND);
  expect(await requestWithKey(key, "DELETE", `/api/api-keys/${keyId}`)).toMatchObject({
    status: 200,
    json: { success: true },
  });
  expect(await requestWithKey(key, "GET", "/api/api-keys")).toMatchObject({
    status: 401,
    json: { error: { code: "invalid_api_key" } },
  });
  expect((await requestWithKey(key, "POST", "/v1/chat/completions", chat)).status).toBe(401);
  expect(await user.request("DELETE", `/api/api-keys/${keyId}`)).toMatchObject(NOT_FOUND);
  expect(await requestWithKey(`sk_${"0".repeat(64)}`, "GET", "/api/api-keys")).toMatchObject({
    status: 401,
  });

  // A second conversation, whose payment fails: by card at once, which leaves its page open; by
  // bank after some days.
  const second = await user.post<Named>("/api/conversations", { title: "Another" });
  const failing = await link(user, second.id, "basic");
  expect((await stripe.pay(failing.url, { number: "4000 0000 0000 0002" })).status).toBe(402);
  await stripe.control.flush();
  expect(await paymentOf(user, second)).toBe("pending");
  await stripe.pay(failing.url, { method: "us_bank_account" });
  await later(2 * DAY_MS);
  expect(await paymentOf(user, second)).toBe("pending");
  stripe.control.settle(failing.sessionId, "failed");
  await stripe.control.flush();
  expect(await paymentOf(user, second)).toBe("failed");
  expect((await ordersOf(user))[0]).toMatchObject({
    status: "failed",
    failureReason: expect.any(String),
  });
  expect(await user.get("/api/users/me")).toMatchObject({ creditBalance: available });

  // It is paid after all, by a card whose bank asks first.
  const asking = await link(user, second.id, "basic");
  expect((await stripe.pay(asking.url, { number: "4000 0025 0000 3155" })).status).toBe(303);
  await stripe.control.flush();
  expect(await paymentOf(user, second)).toBe("pending");
  await stripe.authenticate(asking.url, "complete");
  await stripe.control.flush();
  expect(await paymentOf(user, second)).toBe("paid");
  expect((await ordersOf(user))[0]).toMatchObject({
    title: "Basic conversation",
    status: "completed",
    amountMinor: 299,
  });
  expect(await user.get("/api/users/me")).toMatchObject({ creditBalance: available + 20 });
  expect((await user.get<Keys>("/api/api-keys")).keys).toHaveLength(2);

  // The other one pays for a conversation too, and has a key: of all of this nothing was theirs.
  expect(await other.request("GET", "/api/api-keys")).toMatchObject(NO_KEYS);
  const theirs = await other.post<Named>("/api/conversations", {});
  await payAndDeliver(story, (await link(other, theirs.id, "basic")).url);
  expect((await other.get<Keys>("/api/api-keys")).keys).toHaveLength(1);
  expect(await other.get("/api/users/me")).toMatchObject({ creditBalance: 20 });
});
