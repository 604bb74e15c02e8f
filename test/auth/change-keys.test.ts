import { env } from "cloudflare:workers";
import { afterEach, expect, it, vi } from "vitest";
import { call } from "../support/call.ts";
import { chatBody, signUpFundedUser } from "../support/funded-user.ts";
import { standInModel } from "../support/model.ts";
import { createKey, signUp } from "../support/sign-up.ts";

afterEach(() => vi.useRealTimers());

const DAY_SECONDS = 86_400;

const idOf = (key: string) => `key_${key.slice(3, 11)}`;
const patch = (token: string, keyId: string, body: unknown) =>
  call("PATCH", `/api/api-keys/${keyId}`, { token, body });
const rotate = (token: string, keyId: string, body: unknown = {}) =>
  call("POST", `/api/api-keys/${keyId}/rotate`, { token, body });
const keyOf = async (response: Response): Promise<string> => {
  expect(response.status).toBe(200);
  return (await response.json<{ key: string }>()).key;
};
const chat = (key: string, more: Record<string, unknown> = {}) =>
  call("POST", "/v1/chat/completions", { token: key, body: chatBody(more) });
const statusOf = async (key: string) => (await call("GET", "/v1/key", { token: key })).status;

it("changes what its owner names, and nothing else", async () => {
  const user = await signUp();
  const key = await createKey(user, {
    name: "before",
    scopes: ["chat"],
    models: ["small"],
    budget: { credits: 5, period: "day" },
    expiresAt: "2099-01-01T00:00:00Z",
  });
  const keyId = idOf(key);
  const renamed = await patch(user.token, keyId, { name: " after " });
  expect(await renamed.json()).toMatchObject({
    id: keyId,
    name: "after",
    scopes: ["chat"],
    models: ["small"],
    budget: { credits: 5, period: "day" },
    expiresAt: "2099-01-01T00:00:00.000Z",
    disabledAt: null,
  });
  const widened = await patch(user.token, keyId, { models: null, budget: null, expiresAt: null });
  expect(await widened.json()).toMatchObject({ models: null, budget: null, expiresAt: null });
  const nothing = await patch(user.token, keyId, {});
  expect(await nothing.json()).toMatchObject({ name: "after", models: null, scopes: ["chat"] });
});

it.each([
  [{ scopes: ["billing"] }, "scopes"],
  [{ purchaseLimit: null }, "purchaseLimit"],
  [{ name: "" }, "name"],
  [{ name: null }, "name"],
  [{ name: "x".repeat(101) }, "name"],
  [{ models: [] }, "models"],
  [{ models: Array.from({ length: 101 }, (_, n) => `m${n}`) }, "models"],
  [{ budget: { credits: -1, period: "day" } }, "budget.credits"],
  [{ budget: { credits: 1, period: "year" } }, "budget.period"],
  [{ budget: 5 }, "budget"],
  [{ expiresAt: "2020-01-01T00:00:00Z" }, "expiresAt"],
  [{ expiresAt: "tomorrow" }, "expiresAt"],
  [{ disabled: "yes" }, "disabled"],
  [{ disabled: null }, "disabled"],
])("refuses the changes %j", async (body, param) => {
  const user = await signUp();
  const key = await createKey(user);
  const refused = await patch(user.token, idOf(key), body);
  expect([refused.status, await refused.json()]).toEqual([
    400,
    { error: expect.objectContaining({ code: "invalid_request", param }) },
  ]);
});

it("is changed and rotated by nobody but its owner, and by no key", async () => {
  const [owner, stranger] = [await signUp(), await signUp()];
  const key = await createKey(owner, { scopes: ["chat", "read", "write"] });
  const keyId = idOf(key);
  const get = (token: string, id: string, _body: unknown) =>
    call("GET", `/api/api-keys/${id}`, { token });
  for (const attempt of [patch, rotate, get]) {
    const foreign = await attempt(stranger.token, keyId, {});
    expect([foreign.status, await foreign.json()]).toEqual([
      404,
      { error: expect.objectContaining({ code: "not_found" }) },
    ]);
    expect((await attempt(owner.token, "key_nothex", {})).status).toBe(404);
    expect((await attempt(key, keyId, {})).status).toBe(attempt === get ? 200 : 403);
  }
});

it("works no more once it is disabled, and again once it is enabled", async () => {
  const user = await signUp();
  const key = await createKey(user);
  const before = Date.now();
  const disabled = await (await patch(user.token, idOf(key), { disabled: true })).json<{
    disabledAt: string;
  }>();
  expect(Date.parse(disabled.disabledAt)).toBeGreaterThanOrEqual(before);
  const again = await patch(user.token, idOf(key), { disabled: true, name: "still off" });
  expect(await again.json()).toMatchObject({ disabledAt: disabled.disabledAt });
  for (const response of [await call("GET", "/v1/key", { token: key }), await chat(key)])
    expect([response.status, await response.json()]).toEqual([
      401,
      {
        error: expect.objectContaining({
          code: "invalid_api_key",
          message: "This API key is disabled.",
        }),
      },
    ]);
  await patch(user.token, idOf(key), { disabled: false });
  expect(await statusOf(key)).toBe(200);
});

it("ends a stream that was disabled meanwhile as it began, and charges it", async () => {
  standInModel();
  const user = await signUpFundedUser(1);
  const response = await chat(user.key, { stream: true });
  expect(response.status).toBe(200);
  const changes = { disabled: true, models: ["small"] };
  expect((await patch(user.token, idOf(user.key), changes)).status).toBe(200);
  expect(await response.text()).toContain("data: [DONE]");
  expect((await chat(user.key)).status).toBe(401);
  await vi.waitFor(async () => {
    const [shown] = await user.account.listKeys();
    expect(shown?.totalMicrocredits).toBeGreaterThan(0);
    expect(shown?.spentMicrocredits).toBe(shown?.totalMicrocredits);
  });
});

it("keeps what it spent of a budget that is raised in the same period", async () => {
  standInModel();
  const user = await signUpFundedUser(100);
  const budget = (credits: number) => ({ budget: { credits, period: "at_once" } });
  await patch(user.token, idOf(user.key), budget(1));
  const first = await chat(user.key, { max_tokens: 10 });
  expect(first.status).toBe(200);
  const cost = Number(first.headers.get("x-farebox-cost"));
  const raised = await patch(user.token, idOf(user.key), budget(2));
  expect(await raised.json()).toMatchObject({ spent: cost, totalSpent: cost });
  await patch(user.token, idOf(user.key), budget(cost));
  expect((await chat(user.key)).status).toBe(402);
});

it("gets a new secret, while the old one works until the overlap ends", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const user = await signUp();
  const old = await createKey(user, { name: "turning" });
  const rotated = await (await rotate(user.token, idOf(old), { overlapSeconds: 3600 })).json<{
    key: string;
    prefix: string;
  }>();
  expect(rotated).toMatchObject({
    id: idOf(old),
    name: "turning",
    prefix: old.slice(0, 20),
    rotatedAt: new Date().toISOString(),
    oldSecretsEndAt: new Date(Date.now() + 3_600_000).toISOString(),
  });
  expect(rotated.key).not.toBe(old);
  const list = await (await call("GET", "/api/api-keys", { token: user.token })).text();
  expect(list).not.toContain(rotated.key);
  expect(await Promise.all([statusOf(old), statusOf(rotated.key)])).toEqual([200, 200]);
  vi.setSystemTime(Date.now() + 3_600_000);
  expect(await Promise.all([statusOf(old), statusOf(rotated.key)])).toEqual([401, 200]);
  const ended = await call("GET", "/v1/key", { token: old });
  expect(await ended.json()).toMatchObject({
    error: { message: "This API key was rotated. Use its new secret." },
  });
});

it("has an overlap of a day where none is named, and at most a week", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const user = await signUp();
  const keyId = idOf(await createKey(user));
  expect(await (await rotate(user.token, keyId)).json()).toMatchObject({
    oldSecretsEndAt: new Date(Date.now() + DAY_SECONDS * 1000).toISOString(),
  });
  for (const overlapSeconds of [-1, 1.5, 7 * DAY_SECONDS + 1, "3600", null]) {
    const refused = await rotate(user.token, keyId, { overlapSeconds });
    expect([refused.status, await refused.json()]).toEqual([
      400,
      { error: expect.objectContaining({ param: "overlapSeconds" }) },
    ]);
  }
});

it("ends every earlier secret at once without an overlap", async () => {
  const user = await signUp();
  const first = await createKey(user);
  const second = await keyOf(await rotate(user.token, idOf(first)));
  const third = await keyOf(await rotate(user.token, idOf(first), { overlapSeconds: 0 }));
  expect(await Promise.all([first, second, third].map(statusOf))).toEqual([401, 401, 200]);
});

it("keeps the running secret when two rotate it at once, and both new ones work", async () => {
  const user = await signUp();
  const first = await createKey(user);
  const made = await Promise.all(
    [1, 2].map(async () => keyOf(await rotate(user.token, idOf(first)))),
  );
  expect(new Set(made).size).toBe(2);
  expect(await Promise.all([first, ...made].map(statusOf))).toEqual([200, 200, 200]);
});

it("returns the same secret to a rotation that is sent twice with one key", async () => {
  const user = await signUp();
  const first = await createKey(user);
  const send = async () =>
    keyOf(
      await call("POST", `/api/api-keys/${idOf(first)}/rotate`, {
        token: user.token,
        body: { overlapSeconds: 0 },
        headers: { "idempotency-key": "once" },
      }),
    );
  const key = await send();
  expect(await send()).toBe(key);
  expect(await statusOf(key)).toBe(200);
});

it("has five earlier secrets at most, until they are ended", async () => {
  const user = await signUp();
  const keyId = idOf(await createKey(user));
  for (let n = 0; n < 5; n += 1) await keyOf(await rotate(user.token, keyId));
  const refused = await rotate(user.token, keyId);
  expect([refused.status, await refused.json()]).toEqual([
    409,
    { error: expect.objectContaining({ code: "limit_reached" }) },
  ]);
  expect((await rotate(user.token, keyId, { overlapSeconds: 0 })).status).toBe(200);
});

it("is one key with one budget by either secret", async () => {
  standInModel();
  const user = await signUpFundedUser(100);
  await patch(user.token, idOf(user.key), { budget: { credits: 1, period: "month" } });
  const next = await keyOf(await rotate(user.token, idOf(user.key)));
  const costs: number[] = [];
  for (const key of [user.key, next]) {
    const response = await chat(key);
    costs.push(Number(response.headers.get("x-farebox-cost")));
  }
  const [shown] = await user.account.listKeys();
  expect(shown).toMatchObject({
    spentMicrocredits: Math.round(costs.reduce((sum, cost) => sum + cost, 0) * 1_000_000),
  });
});

it("stops by every secret once it is revoked", async () => {
  const user = await signUp();
  const first = await createKey(user);
  const second = await keyOf(await rotate(user.token, idOf(first)));
  await call("DELETE", `/api/api-keys/${idOf(first)}`, { token: user.token });
  expect(await Promise.all([first, second].map(statusOf))).toEqual([401, 401]);
});

it("leaves what was done to it in the audit log, without its name or a secret", async () => {
  const user = await signUp();
  const first = await createKey(user);
  const changes = { name: "secret name", models: ["small"], disabled: true };
  await patch(user.token, idOf(first), changes);
  const second = await keyOf(await rotate(user.token, idOf(first), { overlapSeconds: 60 }));
  const { results } = await env.DB.prepare(
    "SELECT action, after FROM audit_log WHERE subject_id = ? AND user_id = ? ORDER BY id",
  )
    .bind(idOf(first), user.userId)
    .all<{ action: string; after: string }>();
  expect(results.map(({ action, after }) => [action, JSON.parse(after)])).toEqual([
    ["api_key.created", { scopes: ["chat", "read"] }],
    ["api_key.updated", { fields: ["name", "models", "disabled"], disabled: true }],
    ["api_key.rotated", { overlapSeconds: 60 }],
  ]);
  expect(JSON.stringify(results)).not.toMatch(new RegExp(`secret name|${second}`));
});
