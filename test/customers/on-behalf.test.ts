import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { creditAccount } from "../../src/account/index.ts";
import { callAsAdmin } from "../support/admin.ts";
import { call, readError } from "../support/call.ts";
import { chatBody, signUpFundedUser } from "../support/funded-user.ts";
import { createManagementKey, newExternalId, revokeManagementKey } from "../support/management.ts";
import { standInModel } from "../support/model.ts";
import { standInModelServer } from "../support/model-server.ts";
import { createKey, signUp } from "../support/sign-up.ts";

const CHAT = "/v1/chat/completions";

let token: string;
beforeAll(async () => {
  // Loads the models.
  await signUpFundedUser(0);
  ({ key: token } = await createManagementKey(["sessions", "users", "credits"]));
});

const chatAs = (externalId: string, header = "x-farebox-user", body: object = chatBody()) =>
  call("POST", CHAT, { token, body, headers: { [header]: encodeURIComponent(externalId) } });

/** Creates a customer who has credits. */
async function fundedCustomer(): Promise<{ externalId: string; userId: string }> {
  const externalId = newExternalId();
  const made = await call("PUT", `/api/customers/${externalId}`, { token, body: {} });
  const { id: userId } = await made.json<{ id: string }>();
  const body = { credits: 5, reason: "Welcome" };
  await call("POST", `/api/admin/users/${userId}/grants`, { token, body });
  return { externalId, userId };
}

const spentBy = async (userId: string): Promise<number> => {
  const summary = await creditAccount(env, userId).summary();
  return summary.ok ? summary.value.capturedMicrocredits : Number.NaN;
};

it("a chat is paid by the user whom the header names, and by nobody else", async () => {
  standInModel();
  const [ada, bob] = [await fundedCustomer(), await fundedCustomer()];
  const answer = await chatAs(ada.externalId);
  expect(answer.status).toBe(200);
  await answer.text();
  expect(await spentBy(ada.userId)).toBeGreaterThan(0);
  expect(await spentBy(bob.userId)).toBe(0);
});

it("what Open WebUI sends is charged to the right user", async () => {
  standInModelServer();
  const { externalId, userId } = await fundedCustomer();
  // Open WebUI with ENABLE_FORWARD_USER_INFO_HEADERS: backend/open_webui/utils/headers.py.
  const answer = await call("POST", CHAT, {
    token,
    body: { ...chatBody(), stream: true, stream_options: { include_usage: true } },
    headers: {
      "X-OpenWebUI-User-Name": "Ada%20L.",
      "X-OpenWebUI-User-Id": externalId,
      "X-OpenWebUI-User-Email": "ada@crm.test",
      "X-OpenWebUI-User-Role": "user",
      "X-OpenWebUI-Chat-Id": crypto.randomUUID(),
    },
  });
  expect(answer.status).toBe(200);
  expect(await answer.text()).toContain("[DONE]");
  await vi.waitFor(async () => expect(await spentBy(userId)).toBeGreaterThan(0));
});

it("what LibreChat sends is charged to the right user", async () => {
  standInModelServer();
  const { externalId, userId } = await fundedCustomer();
  // A custom endpoint with headers: { x-farebox-user: "{{LIBRECHAT_USER_ID}}" } in librechat.yaml.
  const answer = await call("POST", CHAT, {
    token,
    body: { ...chatBody(), stream: true, user: externalId },
    headers: { "x-farebox-user": externalId, "user-agent": "OpenAI/JS 5.8.2" },
  });
  expect(answer.status).toBe(200);
  expect(await answer.text()).toContain("[DONE]");
  await vi.waitFor(async () => expect(await spentBy(userId)).toBeGreaterThan(0));
});

it("both read the list of models, with and without a user", async () => {
  for (const headers of [{}, { "x-openwebui-user-id": newExternalId() }]) {
    const models = await call("GET", "/v1/models", { token, headers });
    expect(models.status).toBe(200);
    expect((await models.json<{ data: unknown[] }>()).data.length).toBeGreaterThan(0);
  }
});

it("first uses at once create one user, who is told what a chat costs", async () => {
  standInModel();
  const externalId = newExternalId();
  const answers = await Promise.all(Array.from({ length: 6 }, () => chatAs(externalId)));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 402));
  const { results } = await env.DB.prepare("SELECT id FROM users WHERE external_id = ?")
    .bind(externalId)
    .all<{ id: string }>();
  expect(results).toHaveLength(1);
});

it("credits, counts and other surfaces are the named user's, created on first use", async () => {
  standInModel();
  const headers = { "x-farebox-user": newExternalId() };
  const credits = await call("GET", "/v1/credits", { token, headers });
  expect(await credits.json()).toEqual({ data: { total_credits: 0, total_usage: 0 } });
  const { externalId, userId } = await fundedCustomer();
  const named = { "x-farebox-user": externalId };
  const prompt = { model: "small", messages: [{ role: "user", content: "Hi" }] };
  const counted = await call("POST", "/v1/messages/count_tokens", {
    token,
    headers: named,
    body: prompt,
  });
  expect(counted.status).toBe(200);
  const message = await call("POST", "/v1/messages", {
    headers: { ...named, "x-api-key": token },
    body: { ...prompt, max_tokens: 16 },
  });
  expect(message.status).toBe(200);
  await message.text();
  expect(await spentBy(userId)).toBeGreaterThan(0);
});

describe("a request is refused", () => {
  it.each([CHAT, "/v1/credits"])("on %s by a key that names no user", async (path) => {
    const refused = await call(path === CHAT ? "POST" : "GET", path, {
      token,
      ...(path === CHAT ? { body: chatBody() } : {}),
    });
    expect(await readError(refused)).toEqual({
      status: 400,
      code: "invalid_request",
      param: "x-farebox-user",
    });
  });

  it("by a key of another scope", async () => {
    const { key } = await createManagementKey(["users", "credits", "catalog", "read"]);
    for (const headers of [{}, { "x-farebox-user": "a" }]) {
      const refused = await call("POST", CHAT, { token: key, headers, body: chatBody() });
      expect(await readError(refused)).toEqual({
        status: 403,
        code: "missing_scope",
        param: "sessions",
      });
    }
  });

  it("with a user's own key or token and x-farebox-user", async () => {
    const user = await signUp();
    for (const credential of [user.token, await createKey(user)]) {
      const refused = await call("POST", CHAT, {
        token: credential,
        headers: { "x-farebox-user": "somebody" },
        body: chatBody(),
      });
      expect(await readError(refused)).toEqual({
        status: 400,
        code: "invalid_request",
        param: "x-farebox-user",
      });
    }
  });

  it("with two headers that name different users", async () => {
    const refused = await call("POST", CHAT, {
      token,
      headers: { "x-farebox-user": "a", "x-openwebui-user-id": "b" },
      body: chatBody(),
    });
    expect(await readError(refused)).toMatchObject({ status: 400, param: "x-farebox-user" });
  });

  it.each(["", "%", "%ff", "%00", "..", "x".repeat(1000), "%20a", "e%CC%81", "a%0Ab"])(
    "with the external id %j",
    async (value) => {
      const headers = { "x-farebox-user": value };
      const refused = await call("POST", CHAT, { token, headers, body: chatBody() });
      expect(await readError(refused)).toEqual({
        status: 400,
        code: "invalid_request",
        param: "x-farebox-user",
      });
    },
  );

  it("by a revoked key", async () => {
    const { id, key } = await createManagementKey(["sessions"]);
    const headers = { "x-farebox-user": newExternalId() };
    const send = () => call("POST", CHAT, { token: key, headers, body: chatBody() });
    expect((await send()).status).toBe(402);
    await revokeManagementKey(id);
    expect(await readError(await send())).toMatchObject({ status: 401, code: "invalid_api_key" });
  });

  it("for a suspended user", async () => {
    const { externalId, userId } = await fundedCustomer();
    await callAsAdmin("POST", `/api/admin/users/${userId}/suspend`, { reason: "Abuse" });
    expect(await readError(await chatAs(externalId))).toMatchObject({
      status: 403,
      code: "account_suspended",
    });
  });
});

it("an id in any script is percent-encoded, and names the same user as in a path", async () => {
  standInModel();
  const externalId = `مستخدم/${crypto.randomUUID()}`;
  const path = `/api/customers/${encodeURIComponent(externalId)}`;
  const made = await call("PUT", path, { token, body: {} });
  const { id } = await made.json<{ id: string }>();
  await call("POST", `/api/admin/users/${id}/grants`, {
    token,
    body: { credits: 5, reason: "Welcome" },
  });
  expect((await chatAs(externalId)).status).toBe(200);
});

it("after an erasure the id is a new user's, on whose behalf chats go on", async () => {
  standInModel();
  const { externalId, userId } = await fundedCustomer();
  expect((await chatAs(externalId)).status).toBe(200);
  await call("DELETE", `/api/customers/${externalId}`, { token });
  expect((await chatAs(externalId)).status).toBe(402);
  const again = await call("GET", `/api/customers/${externalId}`, { token });
  const { id } = await again.json<{ id: string }>();
  expect(id).not.toBe(userId);
  await call("POST", `/api/admin/users/${id}/grants`, {
    token,
    body: { credits: 5, reason: "Welcome" },
  });
  expect((await chatAs(externalId)).status).toBe(200);
  expect(await spentBy(id)).toBeGreaterThan(0);
});

it("a repeated Idempotency-Key calls the model once", async () => {
  standInModel();
  const { externalId, userId } = await fundedCustomer();
  const headers = { "x-farebox-user": externalId, "idempotency-key": crypto.randomUUID() };
  const send = () => call("POST", CHAT, { token, headers, body: chatBody() });
  await (await send()).text();
  const spent = await spentBy(userId);
  const second = await send();
  expect(second.headers.get("idempotent-replayed")).toBe("true");
  expect(await spentBy(userId)).toBe(spent);
});

describe("a user who signed up here", () => {
  const link = (userId: string, externalId: string | null) =>
    callAsAdmin("PATCH", `/api/admin/users/${userId}`, { externalId });

  it("is charged on behalf while an admin has the external id linked", async () => {
    standInModel();
    const user = await signUpFundedUser(5);
    const externalId = newExternalId();
    const linked = await link(user.userId, externalId);
    expect(await linked.json()).toMatchObject({ externalId });
    expect((await chatAs(externalId)).status).toBe(200);
    expect(await spentBy(user.userId)).toBeGreaterThan(0);
    const told = { email: "new@crm.test", name: "Ada" };
    const put = await call("PUT", `/api/customers/${externalId}`, { token, body: told });
    expect(await put.json()).toMatchObject({ id: user.userId, email: user.email, name: "Ada" });
    expect((await link(user.userId, null)).status).toBe(200);
    const other = await call("PUT", `/api/customers/${externalId}`, { token, body: {} });
    expect((await other.json<{ id: string }>()).id).not.toBe(user.userId);
  });

  it("gets no external id that another user has, and a customer keeps its own", async () => {
    const user = await signUp();
    const { externalId, userId } = await fundedCustomer();
    for (const [id, wanted] of [
      [user.userId, externalId],
      [userId, null],
      [userId, newExternalId()],
    ] as const)
      expect(await readError(await link(id, wanted))).toEqual({
        status: 409,
        code: "conflict",
        param: "externalId",
      });
  });
});
