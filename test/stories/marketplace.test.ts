import { afterEach, expect, it, vi } from "vitest";
import { catalog } from "../../dev/catalogs/default.ts";
import {
  beginStory,
  type CheckoutPage,
  payAndDeliver,
  payOnPage,
  signUpPerson,
} from "../support/story.ts";

vi.setConfig({ testTimeout: 600_000 });
afterEach(() => vi.useRealTimers());

const STARTS_AT = Date.UTC(2083, 4, 5, 8);
const NOT_FOUND = { status: 404, json: { error: { code: "not_found" } } };
const SECRET = "You are Captain Nemo. The Nautilus lies at 20,000 leagues.";

interface Named {
  readonly id: string;
}
interface Reply {
  readonly conversationId: string;
  readonly message: { readonly content: string };
}

it("marketplace: a character is made, listed, sold, chatted with and refunded", async () => {
  const story = await beginStory(catalog, STARTS_AT);
  const { stripe, model } = story;
  const [operator, creator, buyer, other] = [
    await signUpPerson("admin@farebox.test"),
    await signUpPerson(),
    await signUpPerson(),
    await signUpPerson(),
  ];
  const readModelMessages = () => JSON.parse(model.calls.at(-1)?.rawBody ?? "{}").messages;

  // The creator makes a character and chats with it, turn by turn: the model gets all earlier
  // messages.
  const data = {
    name: "Captain Nemo",
    description: "Tells of the sea.",
    systemPrompt: SECRET,
    model: "small",
    greeting: "Welcome.",
  };
  const nemo = await creator.post<Named>("/api/characters", data);
  const questions = ["Where are we?", "How deep is it?", "And what is that?"];
  const shown: { role: string; content: string }[] = [{ role: "assistant", content: "Welcome." }];
  let conversationId: string | undefined;
  for (const message of questions) {
    const path = `/api/characters/${nemo.id}/messages`;
    const turn = await creator.post<Reply>(path, {
      message,
      ...(conversationId === undefined ? {} : { conversationId }),
    });
    conversationId ??= turn.conversationId;
    expect(turn.conversationId).toBe(conversationId);
    shown.push({ role: "user", content: message });
    expect(readModelMessages()).toEqual([{ role: "system", content: SECRET }, ...shown]);
    shown.push({ role: "assistant", content: turn.message.content });
  }
  expect(await creator.get(`/api/conversations/${conversationId}/messages`)).toMatchObject({
    data: shown,
  });

  // It is private at first, then listed at a price.
  const path = `/api/agents/${nemo.id}`;
  expect(await buyer.request("GET", path)).toMatchObject(NOT_FOUND);
  expect(await buyer.request("POST", `${path}/purchase`, {})).toMatchObject(NOT_FOUND);
  expect(await buyer.request("PATCH", path, { visibility: "listed" })).toMatchObject(NOT_FOUND);
  const listing = { visibility: "listed", priceMinor: 1299, currency: "usd" };
  expect(await creator.request("PATCH", path, listing)).toMatchObject({
    status: 200,
    json: { systemPrompt: SECRET },
  });
  const seen: unknown[] = [await buyer.get("/api/marketplace?q=nemo+sea"), await buyer.get(path)];
  expect(seen).toMatchObject([
    { data: [{ id: nemo.id, name: "Captain Nemo", priceMinor: 1299, currency: "usd" }] },
    { access: null, priceMinor: 1299 },
  ]);
  const sendMessage = (person: typeof buyer, message: string) =>
    person.request("POST", `${path}/messages`, { message });
  expect(await sendMessage(buyer, "Hello?")).toMatchObject({
    status: 402,
    json: { error: { code: "insufficient_quota" } },
  });
  expect(model.calls).toHaveLength(3);

  // Bought at that price, on Stripe's page. A declined card buys nothing.
  expect((await creator.request("POST", `${path}/purchase`, {})).status).toBe(409);
  expect(await buyer.request("POST", `${path}/purchase`, { priceMinor: 1 })).toMatchObject({
    status: 400,
  });
  const page = await buyer.post<CheckoutPage>(`${path}/purchase`);
  expect(await stripe.client.checkout.sessions.retrieve(page.sessionId)).toMatchObject({
    amount_total: 1299,
    metadata: { userId: buyer.userId, subjectId: nemo.id },
  });
  expect((await stripe.pay(page.url, { number: "4000 0000 0000 0002" })).status).toBe(402);
  await stripe.control.flush();
  expect((await sendMessage(buyer, "Hello?")).status).toBe(402);
  await payOnPage(stripe, page.url);
  expect((await sendMessage(buyer, "Hello?")).status).toBe(402);
  await stripe.control.flush();
  expect(await buyer.get(path)).toMatchObject({ access: "licensed" });
  expect(await buyer.request("POST", `${path}/purchase`, {})).toMatchObject({
    status: 409,
    json: { error: { code: "already_purchased" } },
  });

  // The buyer chats with it. The model gets the creator's prompt, which the buyer never sees.
  const reply = await buyer.post<Reply>(`${path}/messages`, { message: "Who are you?" });
  expect(readModelMessages()).toEqual([
    { role: "system", content: SECRET },
    { role: "assistant", content: "Welcome." },
    { role: "user", content: "Who are you?" },
  ]);
  seen.push(
    reply,
    await buyer.get(path),
    await buyer.get("/api/agents"),
    await buyer.get("/api/orders"),
  );
  seen.push(await buyer.get(`/api/marketplace/${nemo.id}`));
  for (const part of ["", "/messages", "/export"])
    seen.push(await buyer.get(`/api/conversations/${reply.conversationId}${part}`));
  expect(JSON.stringify(seen)).not.toContain("20,000 leagues");
  expect(await creator.request("GET", `/api/conversations/${reply.conversationId}`)).toMatchObject(
    NOT_FOUND,
  );
  expect(await buyer.request("PATCH", path, { systemPrompt: "Obey." })).toMatchObject(NOT_FOUND);

  // The licence belongs to the buyer alone.
  expect((await sendMessage(other, "Hello?")).status).toBe(402);
  await payAndDeliver(story, (await other.post<CheckoutPage>(`${path}/purchase`)).url);
  expect((await sendMessage(other, "Hello?")).status).toBe(200);

  // The creator's earnings: the price less the operator's fifth, rounded in the operator's favour,
  // without a hint of the buyer.
  const earnings = await creator.get<{ data: object[] }>("/api/agents/earnings");
  const sale = {
    agentId: nemo.id,
    title: "Captain Nemo",
    amountMinor: 1299,
    shareMinor: 1039,
    operatorShareMinor: 260,
  };
  expect(earnings.data).toMatchObject([
    { ...sale, status: "completed", earnedMinor: 1039, refundedMinor: 0 },
    { ...sale, status: "completed", earnedMinor: 1039, refundedMinor: 0 },
  ]);
  for (const person of [buyer, other])
    expect(JSON.stringify(earnings)).not.toContain(person.userId);
  expect(await buyer.get("/api/agents/earnings")).toMatchObject({ data: [] });

  // The operator refunds the buyer: the licence ends, and so do its earnings.
  const { data: orders } = await buyer.get<{ data: Named[] }>("/api/orders");
  const refund = { orderId: orders[0]?.id, reason: "Not as described." };
  expect(await creator.request("POST", "/api/payments/refunds", refund)).toMatchObject(NOT_FOUND);
  expect((await buyer.request("POST", "/api/payments/refunds", refund)).status).toBe(422);
  expect(await operator.request("POST", "/api/payments/refunds", refund)).toMatchObject({
    status: 201,
    json: { amountMinor: 1299 },
  });
  expect(await buyer.get(path)).toMatchObject({ access: null });
  const again = { message: "Are you there?", conversationId: reply.conversationId };
  expect((await buyer.request("POST", `${path}/messages`, again)).status).toBe(402);
  await stripe.control.flush();
  expect((await sendMessage(buyer, "Are you there?")).status).toBe(402);
  expect(await creator.get("/api/agents/earnings")).toMatchObject({
    data: [
      { status: "completed", earnedMinor: 1039 },
      { status: "refunded", earnedMinor: 0, refundedMinor: 1299 },
    ],
  });

  // The buyer can still read the conversation. The other user, who paid and was not refunded, can
  // go on even when nobody else may buy.
  expect(await buyer.get(`/api/conversations/${reply.conversationId}/messages`)).toMatchObject({
    data: [{ content: "Welcome." }, { content: "Who are you?" }, { role: "assistant" }],
  });
  expect((await creator.request("PATCH", path, { visibility: "private" })).status).toBe(200);
  expect(await buyer.request("GET", path)).toMatchObject(NOT_FOUND);
  expect(await sendMessage(buyer, "Are you there?")).toMatchObject(NOT_FOUND);
  expect((await sendMessage(other, "Are you there?")).status).toBe(200);
});
