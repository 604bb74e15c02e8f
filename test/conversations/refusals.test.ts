import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, expect, it } from "vitest";
import { loadCatalog } from "../../src/catalog/index.ts";
import { database } from "../../src/db.ts";
import { createAgent } from "../support/agents.ts";
import { call, readError } from "../support/call.ts";
import { signUp, type TestUser } from "../support/sign-up.ts";
import { standInStripe } from "../support/stripe.ts";

const MODEL_NOT_FOUND = { status: 404, code: "model_not_found", param: "model" };

let user: TestUser;
beforeAll(async () => {
  user = await signUp();
});

const send = ({ token }: TestUser, method: string, path: string, body: unknown) =>
  call(method, path, { token, body });

async function createConversation(owner: TestUser, body: object): Promise<string> {
  const created = await send(owner, "POST", "/api/conversations", body);
  return (await created.json<{ id: string }>()).id;
}

/** Creates a model that no other test uses and takes it out of use by `retire`. */
async function createModel(): Promise<{ id: string; retire: () => Promise<unknown> }> {
  const id = `m${crypto.randomUUID()}`;
  const model = {
    id,
    upstream: "local",
    upstreamModel: "large",
    inputPrice: 1,
    outputPrice: 1,
    contextLength: 1000,
    maxOutputTokens: 100,
  };
  const load = (terms: object) =>
    loadCatalog(database(env.DB), { plans: [], models: [{ ...model, ...terms }] }, Date.now());
  await load({});
  return { id, retire: () => load({ isActive: false }) };
}

it("a chat with a model that does not exist answers that there is none", async () => {
  const body = { message: "Hello", model: "nowhere" };
  expect(await readError(await send(user, "POST", "/api/chat", body))).toEqual(MODEL_NOT_FOUND);
});

it("a conversation and an agent cannot be changed to a model that does not exist", async () => {
  const change = { model: "nowhere" };
  const conversation = await createConversation(user, { model: "small" });
  const agent = await createAgent(user);
  const paths = [`/api/conversations/${conversation}`, `/api/agents/${agent.id}`];
  for (const path of paths)
    expect(await readError(await send(user, "PATCH", path, change))).toEqual(MODEL_NOT_FOUND);
});

it("a conversation and an agent whose model was taken out of use do not answer", async () => {
  const model = await createModel();
  const conversation = await createConversation(user, { model: model.id });
  const agent = await createAgent(user);
  await env.DB.prepare("update agents set model = ? where id = ?").bind(model.id, agent.id).run();
  await model.retire();
  const message = { message: "Hello" };
  const paths = [`/api/conversations/${conversation}/messages`, `/api/agents/${agent.id}/messages`];
  for (const path of paths)
    expect(await readError(await send(user, "POST", path, message))).toEqual(MODEL_NOT_FOUND);
});

it("a conversation with an agent that has to be bought is refused with the price", async () => {
  const agent = await createAgent(await signUp(), {
    visibility: "listed",
    priceMinor: 500,
    currency: "usd",
  });
  const created = await send(user, "POST", "/api/conversations", { agentId: agent.id });
  expect(await readError(created)).toMatchObject({ status: 402, code: "insufficient_quota" });
});

it("a user with 10 000 conversations cannot begin another", async () => {
  const owner = await signUp();
  await createConversation(owner, { model: "small" });
  const object = env.CHAT_HISTORY.get(env.CHAT_HISTORY.idFromName(owner.userId));
  await runInDurableObject(object, (_instance, state) =>
    state.storage.sql.exec(
      `with recursive n(i) as (select 1 union all select i + 1 from n where i < 9999)
       insert into conversations (id, next_place, created_at_ms, updated_at_ms)
       select 'cnv_' || i, 0, 0, 0 from n`,
    ),
  );
  const created = await send(owner, "POST", "/api/conversations", { model: "small" });
  expect(await readError(created)).toMatchObject({ status: 409, code: "limit_reached" });
});

it("a conversation whose payment is under way gets no second page", async () => {
  const stripe = standInStripe();
  const owner = await signUp();
  const conversationId = await createConversation(owner, { model: "small" });
  const pay = () =>
    send(owner, "POST", "/api/payments/link", { conversationId, tier: "conversation" });
  const { url } = await (await pay()).json<{ url: string }>();
  await stripe.pay(url, { method: "us_bank_account" });
  await stripe.control.deliver();
  expect(await readError(await pay())).toMatchObject({ status: 409, code: "conflict" });
});
