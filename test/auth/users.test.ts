import { env } from "cloudflare:workers";
import { beforeAll, expect, it } from "vitest";
import { creditAccount } from "../../src/account/index.ts";
import { call } from "../support/call.ts";
import { createKey, signUp, type TestUser, uniqueEmail } from "../support/sign-up.ts";

let admin: TestUser;
beforeAll(async () => {
  admin = await signUp("admin@farebox.test");
});

const get = (id: string, token: string) => call("GET", `/api/users/${id}`, { token });
const patch = (id: string, token: string, body: unknown) =>
  call("PATCH", `/api/users/${id}`, { token, body });
const erase = (id: string, token: string, body: unknown) =>
  call("DELETE", `/api/users/${id}`, { token, body });
const login = (email: string, password: string) =>
  call("POST", "/api/auth/login", { body: { email, password } });
const rows = async (userId: string) =>
  await env.DB.prepare(
    `SELECT (SELECT count(*) FROM users WHERE id = ?1)
      + (SELECT count(*) FROM sessions WHERE user_id = ?1) AS n`,
  )
    .bind(userId)
    .first("n");

it("is shown by id and as me, with the credits that can be spent", async () => {
  const user = await signUp();
  await creditAccount(env, user.userId).grant({
    operationId: "test:1",
    amountMicrocredits: 500_500_000,
    priority: 0,
    effectiveAt: null,
    expiresAt: null,
    reason: "test",
  });
  const byMe = await (await get("me", user.token)).json();
  expect(byMe).toMatchObject({ id: user.userId, creditBalance: 500.5 });
  expect(await (await get(user.userId, user.token)).json()).toEqual(byMe);
});

it("is shown to a key that may read, and changed by one that may write", async () => {
  const user = await signUp();
  const reader = await createKey(user, { scopes: ["read"] });
  expect((await get("me", reader)).status).toBe(200);
  const refused = await patch("me", reader, { name: "No" });
  expect(refused.status).toBe(403);
  expect(await refused.json()).toMatchObject({ error: { code: "missing_scope", param: "write" } });
  const writer = await createKey(user, { scopes: ["write"] });
  expect(await (await patch("me", writer, { name: "Yes" })).json()).toMatchObject({ name: "Yes" });
  expect((await get("me", writer)).status).toBe(403);
});

it("I10: does not exist for another user, in any way", async () => {
  const [user, other] = [await signUp(), await signUp()];
  const nobody = "usr_0000000000000000";
  const body = { currentPassword: other.password };
  for (const id of [user.userId, nobody]) {
    const answers = [
      await get(id, other.token),
      await patch(id, other.token, { name: "x" }),
      await erase(id, other.token, body),
    ];
    for (const answer of answers) {
      expect(answer.status).toBe(404);
      expect(await answer.json()).toMatchObject({
        error: { code: "not_found", message: "This user doesn't exist." },
      });
    }
  }
  expect((await get(user.userId, user.token)).status).toBe(200);
});

it("is seen, changed and erased by an admin with the admin's own password", async () => {
  const user = await signUp();
  expect(await (await get(user.userId, admin.token)).json()).toMatchObject({ email: user.email });
  expect(await (await patch(user.userId, admin.token, { name: "Set" })).json()).toMatchObject({
    name: "Set",
  });
  expect((await get("usr_0000000000000000", admin.token)).status).toBe(404);
  expect((await erase(user.userId, admin.token, { currentPassword: user.password })).status).toBe(
    401,
  );
  expect((await erase(user.userId, admin.token, { currentPassword: admin.password })).status).toBe(
    204,
  );
  expect((await get(user.userId, admin.token)).status).toBe(404);
});

it("does not give an admin's key an admin's rights", async () => {
  const user = await signUp();
  expect((await get(user.userId, await createKey(admin))).status).toBe(404);
});

it("follows the role that the user has now, not the one in the token", async () => {
  const user = await signUp();
  const other = await signUp();
  await env.DB.prepare("UPDATE users SET role = 'admin' WHERE id = ?").bind(user.userId).run();
  expect((await get(other.userId, user.token)).status).toBe(200);
  await env.DB.prepare("UPDATE users SET role = 'user' WHERE id = ?").bind(user.userId).run();
  expect((await get(other.userId, user.token)).status).toBe(404);
});

it("changes name, and nothing else without being asked", async () => {
  const user = await signUp();
  expect(await (await patch("me", user.token, { name: "Rider" })).json()).toMatchObject({
    name: "Rider",
    email: user.email,
  });
  expect(await (await patch("me", user.token, {})).json()).toMatchObject({ name: "Rider" });
  expect(await (await patch("me", user.token, { name: null })).json()).toMatchObject({
    name: null,
  });
});

it("changes address with the current password, and signs in by the new one", async () => {
  const user = await signUp();
  const email = uniqueEmail();
  const response = await patch("me", user.token, { email, currentPassword: user.password });
  expect(await response.json()).toMatchObject({ email });
  expect((await login(email, user.password)).status).toBe(200);
  expect((await login(user.email, user.password)).status).toBe(401);
});

it("keeps its address when the change is not its own to make", async () => {
  const [user, other] = [await signUp(), await signUp()];
  const key = await createKey(user);
  const { password: currentPassword } = user;
  const cases = [
    [await patch("me", user.token, { email: uniqueEmail() }), 400, "invalid_request"],
    [
      await patch("me", user.token, { email: uniqueEmail(), currentPassword: "not the password" }),
      401,
      "invalid_credentials",
    ],
    [
      await patch("me", user.token, { email: other.email.toUpperCase(), currentPassword }),
      409,
      "email_taken",
    ],
    [await patch("me", key, { email: uniqueEmail(), currentPassword }), 403, "missing_scope"],
  ] as const;
  for (const [response, status, code] of cases) {
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { code } });
  }
  expect(await (await get("me", user.token)).json()).toMatchObject({ email: user.email });
});

it("lets one of two users have an address that both change to at once", async () => {
  const users = [await signUp(), await signUp()];
  const email = uniqueEmail();
  const change = (user: TestUser) =>
    patch("me", user.token, { email, currentPassword: user.password });
  const statuses = (await Promise.all(users.map(change))).map((response) => response.status);
  expect(new Set(statuses)).toEqual(new Set([200, 409]));
});

it("gains no role by taking an admin's address", async () => {
  const user = await signUp();
  await env.DB.prepare("UPDATE users SET email_normalized = 'moved@farebox.test' WHERE id = ?")
    .bind(admin.userId)
    .run();
  const response = await patch("me", user.token, {
    email: "admin@farebox.test",
    currentPassword: user.password,
  });
  expect(await response.json()).toMatchObject({ email: "admin@farebox.test", role: "user" });
});

it.each([
  ["role", "admin"],
  ["planId", "pln_1"],
  ["creditBalance", 1_000_000],
  ["passwordHash", "x"],
  ["id", "usr_1"],
])("does not let its owner set %s", async (field, value) => {
  const user = await signUp();
  const response = await patch("me", user.token, { [field]: value });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error: { code: "invalid_request", param: field } });
});

it("is erased with its tokens, keys and account, and its address is free again", async () => {
  const user = await signUp();
  const key = await createKey(user);
  expect((await erase("me", key, { currentPassword: user.password })).status).toBe(403);
  expect((await erase("me", user.token, {})).status).toBe(400);
  expect((await erase("me", user.token, { currentPassword: "not the password" })).status).toBe(401);
  expect((await erase("me", user.token, { currentPassword: user.password })).status).toBe(204);
  expect((await get("me", user.token)).status).toBe(401);
  const byKey = await get("me", key);
  expect(byKey.status).toBe(401);
  expect(await byKey.json()).toMatchObject({ error: { code: "invalid_api_key" } });
  expect((await login(user.email, user.password)).status).toBe(401);
  expect(await rows(user.userId)).toBe(0);
  expect((await creditAccount(env, user.userId).summary()).ok).toBe(false);
  expect((await signUp(user.email)).userId).not.toBe(user.userId);
});
