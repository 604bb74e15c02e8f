import { afterEach, expect, it, vi } from "vitest";
import { catalog } from "../../dev/catalogs/conversations.ts";
import { DAY_MS } from "../../src/time.ts";
import { call } from "../support/call.ts";
import {
  beginStory,
  type Person,
  payAndDeliver,
  payOnPage,
  requestWithKey,
  signUpPerson,
} from "../support/story.ts";

vi.setConfig({ testTimeout: 600_000 });
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

const createLink = (person: Person, conversationId: string, tier: string) =>
  person.post<Link>("/api/payments/link", { conversationId, tier });
const sendMessage = (person: Person, { id }: Named, message: string) =>
  person.request("POST", `/api/conversations/${id}/messages`, { message, model: "large" });
const readPaymentStatus = async (person: Person, { id }: Named) =>
  (await person.get<{ paymentStatus: string }>(`/api/conversations/${id}`)).paymentStatus;
const listOrders = async (person: Person) =>
  (await person.get<{ data: Named[] }>("/api/orders")).data;

it("conversations: each is unlocked by its own payment, which creates an API key", async () => {
  const story = await beginStory(catalog, STARTS_AT);
  const { stripe, advance } = story;
  // Where conversations are what is sold, keys come with a payment. A setting says otherwise.
  const [user, other] = [await signUpPerson(), await signUpPerson()];
  const early = await signUpPerson(undefined, { API_KEYS_REQUIRE_PAYMENT: "false" });
  expect(await early.request("POST", "/api/api-keys", { name: "Mine" })).toMatchObject({
    status: 201,
  });
  expect(await user.request("GET", "/api/api-keys")).toMatchObject(NO_KEYS);
  expect(await user.request("POST", "/api/api-keys", { name: "Mine" })).toMatchObject(NO_KEYS);

  // An unpaid conversation. The Free plan does not include the large model.
  const conversation = await user.post<Named>("/api/conversations", { title: "Test Conversation" });
  expect(await readPaymentStatus(user, conversation)).toBe("unpaid");
  expect(await other.request("GET", `/api/conversations/${conversation.id}`)).toMatchObject(
    NOT_FOUND,
  );

  // A payment link is only for the conversation's owner, and only for a tier on sale.
  const premium = { conversationId: conversation.id, tier: "premium" };
  expect((await call("POST", "/api/payments/link", { body: premium })).status).toBe(401);
  expect(await other.request("POST", "/api/payments/link", premium)).toMatchObject(NOT_FOUND);
  expect(
    await user.request("POST", "/api/payments/link", { ...premium, tier: "gold" }),
  ).toMatchObject({
    status: 400,
    json: { error: { code: "invalid_request", param: "tier" } },
  });
  expect(await readPaymentStatus(user, conversation)).toBe("unpaid");
  const page = await createLink(user, conversation.id, "premium");
  expect(page).toMatchObject({
    url: expect.stringMatching(/^http/),
    sessionId: expect.stringMatching(/^cs_/),
  });
  expect(await user.get(`/api/conversations/${conversation.id}`)).toMatchObject({
    paymentStatus: "pending",
    stripeSessionId: page.sessionId,
  });
  const session = await stripe.client.checkout.sessions.retrieve(page.sessionId);
  expect(session).toMatchObject({
    amount_total: 999,
    currency: "usd",
    metadata: { userId: user.userId, subjectId: conversation.id },
  });
  // A new link is a new page, and closes the one before.
  const again = await createLink(user, conversation.id, "premium");
  expect((await stripe.pay(page.url)).status).not.toBe(303);
  expect((await sendMessage(user, conversation, "Hello?")).status).toBe(402);

  // The payment. An event without Stripe's signature, or with a changed body, is refused.
  await payOnPage(stripe, again.url);
  const event = stripe.control.events().find(({ type }) => type === "checkout.session.completed");
  const delivery = await stripe.control.signed(event?.id ?? "");
  const [body, signature] = [
    (await delivery?.text()) ?? "",
    delivery?.headers.get("stripe-signature") ?? "",
  ];
  const sendWebhook = (headers: Record<string, string>, text = body) =>
    call("POST", "/api/webhooks/stripe", {
      body: text,
      headers: { "content-type": "application/json", ...headers },
    });
  expect((await sendWebhook({})).status).toBe(400);
  expect((await sendWebhook({ "stripe-signature": "t=1,v1=00" })).status).toBe(400);
  expect(
    (await sendWebhook({ "stripe-signature": signature }, body.replace("999", "998"))).status,
  ).toBe(400);
  expect(await readPaymentStatus(user, conversation)).toBe("pending");
  const accepted = await sendWebhook({ "stripe-signature": signature });
  expect([accepted.status, await accepted.json()]).toEqual([200, { received: true }]);
  await stripe.control.flush();
  expect(await user.get(`/api/conversations/${conversation.id}`)).toMatchObject({
    paymentStatus: "paid",
    stripeSessionId: again.sessionId,
  });
  const [order] = await listOrders(user);
  expect(order).toMatchObject({
    kind: "conversation",
    subjectId: conversation.id,
    stripeSessionId: again.sessionId,
    status: "completed",
    amountMinor: 999,
    currency: "usd",
  });
  expect(await user.get("/api/users/me")).toMatchObject({ creditBalance: 100 });
  expect(await user.request("POST", "/api/payments/link", premium)).toMatchObject({
    status: 409,
    json: { error: { code: "already_purchased" } },
  });

  // The key of the order is shown once, to its owner.
  const keyPath = `/api/orders/${order?.id}/api-key`;
  expect(await other.request("GET", keyPath)).toMatchObject(NOT_FOUND);
  const { key } = await user.get<{ key: string }>(keyPath);
  expect(key).toMatch(/^sk_[0-9a-f]{64}$/);
  expect(await user.request("GET", keyPath)).toMatchObject(NOT_FOUND);

  // The key works for chats and for its owner's data; the list shows its first 20 characters.
  expect(await requestWithKey(key, "GET", "/api/credits")).toMatchObject({
    status: 200,
    json: { available: 100 },
  });
  const chat = { model: "large", messages: [{ role: "user", content: "Hello" }] };
  expect(await requestWithKey(key, "POST", "/v1/chat/completions", chat)).toMatchObject({
    status: 200,
    json: { object: "chat.completion" },
  });
  expect((await sendMessage(user, conversation, "Hello again")).status).toBe(200);
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

  // A deleted key fails on the next request.
  const { keys } = await user.get<Keys>("/api/api-keys");
  const keyId = keys.find(({ prefix }) => prefix === key.slice(0, 20))?.id;
  expect(await other.request("DELETE", `/api/api-keys/${keyId}`)).toMatchObject(NOT_FOUND);
  expect((await requestWithKey(key, "DELETE", `/api/api-keys/${keyId}`)).status).toBe(403);
  expect(await user.request("DELETE", `/api/api-keys/${keyId}`)).toMatchObject({
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

  // A second conversation, whose payment fails: by card at once, which leaves the page open; by
  // bank after some days.
  const second = await user.post<Named>("/api/conversations", { title: "Another" });
  const failing = await createLink(user, second.id, "basic");
  expect((await stripe.pay(failing.url, { number: "4000 0000 0000 0002" })).status).toBe(402);
  await stripe.control.flush();
  expect(await readPaymentStatus(user, second)).toBe("pending");
  await stripe.pay(failing.url, { method: "us_bank_account" });
  await advance(2 * DAY_MS);
  expect(await readPaymentStatus(user, second)).toBe("pending");
  stripe.control.completeDebit(failing.sessionId, "failed");
  await stripe.control.flush();
  expect(await readPaymentStatus(user, second)).toBe("failed");
  expect((await listOrders(user))[0]).toMatchObject({
    status: "failed",
    failureReason: expect.any(String),
  });
  expect(await user.get("/api/users/me")).toMatchObject({ creditBalance: available });

  // It is paid at last, by a card that requires authentication.
  const challenged = await createLink(user, second.id, "basic");
  expect((await stripe.pay(challenged.url, { number: "4000 0025 0000 3155" })).status).toBe(303);
  await stripe.control.flush();
  expect(await readPaymentStatus(user, second)).toBe("pending");
  await stripe.authenticate(challenged.url, "complete");
  await stripe.control.flush();
  expect(await readPaymentStatus(user, second)).toBe("paid");
  expect((await listOrders(user))[0]).toMatchObject({
    title: "Basic conversation",
    status: "completed",
    amountMinor: 299,
  });
  expect(await user.get("/api/users/me")).toMatchObject({ creditBalance: available + 20 });
  expect((await user.get<Keys>("/api/api-keys")).keys).toHaveLength(2);

  // The other user pays for a conversation too, and has a key; nothing above belonged to them.
  expect(await other.request("GET", "/api/api-keys")).toMatchObject(NO_KEYS);
  const otherConversation = await other.post<Named>("/api/conversations", {});
  await payAndDeliver(story, (await createLink(other, otherConversation.id, "basic")).url);
  expect((await other.get<Keys>("/api/api-keys")).keys).toHaveLength(1);
  expect(await other.get("/api/users/me")).toMatchObject({ creditBalance: 20 });
});
