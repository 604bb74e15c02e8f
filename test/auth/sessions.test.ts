import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { pruneSessions } from "../../src/auth/index.ts";
import { createSession, REUSE_GRACE_MS } from "../../src/auth/sessions/sessions.ts";
import { findCredentials } from "../../src/auth/users/users.ts";
import { database } from "../../src/db.ts";
import { DAY_MS } from "../../src/time.ts";
import { call } from "../support/call.ts";
import { createKey, signUp, type TestUser } from "../support/sign-up.ts";

interface Pair {
  readonly accessToken: string;
  readonly refreshToken: string;
}
const NEW_PASSWORD = "another quiet ride";
const post = (path: string, body: unknown, token?: string) =>
  call("POST", `/api/auth/${path}`, {
    ...(body === undefined ? {} : { body }),
    ...(token === undefined ? {} : { token }),
  });
const refresh = (refreshToken: string) => post("refresh", { refreshToken });
const login = async (user: TestUser, password = user.password): Promise<Pair> =>
  (await post("login", { email: user.email, password })).json<Pair>();
const isLive = async (token: string) =>
  (await call("GET", "/api/users/me", { token })).status === 200;
const expire = (user: TestUser, atMs: number) =>
  env.DB.prepare("UPDATE sessions SET expires_at = ? WHERE user_id = ?")
    .bind(atMs, user.userId)
    .run();
/** Lets the time pass in which a second use of a refresh token is no reuse. */
const passGrace = (user: TestUser) =>
  env.DB.prepare("UPDATE sessions SET refreshed_at = refreshed_at - ? WHERE user_id = ?")
    .bind(REUSE_GRACE_MS, user.userId)
    .run();
const sessionCount = (user: TestUser) =>
  env.DB.prepare("SELECT count(*) AS n FROM sessions WHERE user_id = ?")
    .bind(user.userId)
    .first("n");

it("gives a new pair for a refresh token, and the new one works in its turn", async () => {
  const user = await signUp();
  const first = await refresh(user.refreshToken);
  expect(first.status).toBe(200);
  const pair = await first.json<Pair>();
  expect(pair).toEqual({
    accessToken: expect.any(String),
    refreshToken: expect.stringMatching(/^rt_[0-9a-f]{64}$/),
    expiresIn: 900,
  });
  expect(pair.refreshToken).not.toBe(user.refreshToken);
  expect(await isLive(pair.accessToken)).toBe(true);
  expect((await refresh(pair.refreshToken)).status).toBe(200);
});

it("ends the whole family at a second refresh with the same token, a moment later", async () => {
  const user = await signUp();
  const next = await (await refresh(user.refreshToken)).json<Pair>();
  await passGrace(user);
  const reused = await refresh(user.refreshToken);
  expect(reused.status).toBe(401);
  expect(await reused.json()).toMatchObject({
    error: { code: "invalid_token", param: "refreshToken" },
  });
  expect((await refresh(next.refreshToken)).status).toBe(401);
  expect(await isLive(next.accessToken)).toBe(false);
});

it("ends the whole family at the reuse of a token from long before the last", async () => {
  const user = await signUp();
  let latest = user.refreshToken;
  for (let n = 0; n < 4; n += 1) latest = (await (await refresh(latest)).json<Pair>()).refreshToken;
  await passGrace(user);
  expect((await refresh(user.refreshToken)).status).toBe(401);
  expect((await refresh(latest)).status).toBe(401);
});

it("leaves the user's other sessions alone when one family ends", async () => {
  const user = await signUp();
  const other = await login(user);
  await refresh(user.refreshToken);
  await passGrace(user);
  await refresh(user.refreshToken);
  expect((await refresh(other.refreshToken)).status).toBe(200);
});

it("lets exactly one of ten refreshes at once win, who stays signed in", async () => {
  const user = await signUp();
  const responses = await Promise.all(Array.from({ length: 10 }, () => refresh(user.refreshToken)));
  const won = responses.filter((response) => response.status === 200);
  expect(won).toHaveLength(1);
  expect(responses.filter((response) => response.status === 401)).toHaveLength(9);
  const pair = await won[0]?.json<Pair>();
  expect(await isLive(pair?.accessToken ?? "")).toBe(true);
  expect((await refresh(pair?.refreshToken ?? "")).status).toBe(200);
});

it("refuses a refresh token that it never made, and one that is no token", async () => {
  for (const token of [`rt_${"0".repeat(64)}`, "rt_", "", "nonsense"])
    expect((await refresh(token)).status).toBe(401);
  expect((await post("refresh", { refreshToken: 7 })).status).toBe(400);
  expect((await post("refresh", {})).status).toBe(400);
});

it("lasts 30 days from the last refresh, and no longer", async () => {
  const user = await signUp();
  const before = Date.now();
  await refresh(user.refreshToken);
  const until = await env.DB.prepare("SELECT expires_at FROM sessions WHERE user_id = ?")
    .bind(user.userId)
    .first<number>("expires_at");
  expect(until).toBeGreaterThanOrEqual(before + 30 * DAY_MS);
  expect(until).toBeLessThanOrEqual(Date.now() + 30 * DAY_MS);
  const other = await signUp();
  await expire(other, Date.now());
  expect(await isLive(other.token)).toBe(false);
  expect((await refresh(other.refreshToken)).status).toBe(401);
});

it("is removed by pruning once it has expired, and not before", async () => {
  const [live, dead] = [await signUp(), await signUp()];
  await expire(dead, Date.now() - 1);
  expect(await pruneSessions(database(env.DB), Date.now(), 100)).toBeGreaterThanOrEqual(1);
  expect([await sessionCount(live), await sessionCount(dead)]).toEqual([1, 0]);
  await expire(live, Date.now() - 1);
  const other = await signUp();
  await expire(other, Date.now() - 1);
  expect(await pruneSessions(database(env.DB), Date.now(), 1)).toBe(1);
});

it("ends at logout, by the access token", async () => {
  const user = await signUp();
  expect((await post("logout", undefined, user.token)).status).toBe(204);
  expect(await isLive(user.token)).toBe(false);
  expect((await refresh(user.refreshToken)).status).toBe(401);
  expect((await post("logout", undefined, user.token)).status).toBe(204);
});

it("ends at logout, by the refresh token alone", async () => {
  const user = await signUp();
  expect((await post("logout", { refreshToken: user.refreshToken })).status).toBe(204);
  expect(await isLive(user.token)).toBe(false);
});

it("does not end at somebody else's logout, nor by an API key", async () => {
  const [user, other] = [await signUp(), await signUp()];
  const key = await createKey(user);
  await post("logout", undefined, other.token);
  const byKey = await post("logout", undefined, key);
  expect(byKey.status).toBe(403);
  expect(await byKey.json()).toMatchObject({ error: { code: "missing_scope" } });
  expect((await post("logout", undefined)).status).toBe(401);
  expect(await isLive(user.token)).toBe(true);
});

it("survives its own password change, which ends every other", async () => {
  const user = await signUp();
  const other = await login(user);
  const change = { currentPassword: user.password, newPassword: NEW_PASSWORD };
  expect((await post("password", change, user.token)).status).toBe(204);
  expect([await isLive(user.token), await isLive(other.accessToken)]).toEqual([true, false]);
  expect((await refresh(other.refreshToken)).status).toBe(401);
  expect((await refresh(user.refreshToken)).status).toBe(200);
  expect((await post("login", { email: user.email, password: user.password })).status).toBe(401);
  expect((await post("login", { email: user.email, password: NEW_PASSWORD })).status).toBe(200);
});

it.each([
  [
    "the wrong current password",
    { currentPassword: "not the password", newPassword: NEW_PASSWORD },
    401,
    "currentPassword",
  ],
  ["a common new password", { newPassword: "sunshine" }, 400, "newPassword"],
  ["a short new password", { newPassword: "short" }, 400, "newPassword"],
  ["no new password", {}, 400, "newPassword"],
])("refuses a password change with %s", async (_, body, status, param) => {
  const user = await signUp();
  const response = await post("password", { currentPassword: user.password, ...body }, user.token);
  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject({ error: { param } });
  expect((await login(user)).accessToken).toEqual(expect.any(String));
});

it("refuses a password change by an API key, whatever its scopes", async () => {
  const user = await signUp();
  const change = { currentPassword: user.password, newPassword: NEW_PASSWORD };
  expect((await post("password", change, await createKey(user))).status).toBe(403);
});

it("lets one of two password changes at once win", async () => {
  const user = await signUp();
  const candidates = [NEW_PASSWORD, `${NEW_PASSWORD} 2`];
  const change = (newPassword: string) =>
    post("password", { currentPassword: user.password, newPassword }, user.token);
  const changed = (await Promise.all(candidates.map(change))).map(
    (response) => response.status === 204,
  );
  const attempts = candidates.map((password) => post("login", { email: user.email, password }));
  const works = (await Promise.all(attempts)).map((response) => response.status === 200);
  expect(changed.filter(Boolean)).toHaveLength(1);
  expect(works).toEqual(changed);
});

it("does not begin with a password that was changed while it was being checked", async () => {
  const user = await signUp();
  const db = database(env.DB);
  const checked = await findCredentials(db, { userId: user.userId });
  if (checked === undefined) throw new Error("no such user");
  const credentials = {
    userId: user.userId,
    passwordHash: checked.passwordHash,
    method: "password",
    isTwoFactor: false,
    device: { userAgent: null, country: null, city: null, language: "en" },
  } as const;
  expect(await createSession(db, credentials, Date.now())).toBeDefined();
  await post("password", { currentPassword: user.password, newPassword: NEW_PASSWORD }, user.token);
  expect(await createSession(db, credentials, Date.now())).toBeUndefined();
});
