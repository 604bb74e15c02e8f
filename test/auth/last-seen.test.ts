import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { app } from "../../src/app.ts";
import { HOUR_MS } from "../../src/time.ts";
import { call } from "../support/call.ts";
import { signUp, type TestUser } from "../support/sign-up.ts";

const AGO_MS = 5 * HOUR_MS;

/** Signs up a user whose session was last refreshed five hours ago. */
async function signUpEarlier(): Promise<TestUser> {
  const user = await signUp();
  await env.DB.prepare("update sessions set refreshed_at = refreshed_at - ? where user_id = ?")
    .bind(AGO_MS, user.userId)
    .run();
  return user;
}

const seenAt = (user: Pick<TestUser, "userId">) =>
  env.DB.prepare("select last_seen_at from sessions where user_id = ?")
    .bind(user.userId)
    .first<number | null>("last_seen_at");

/** Sends a request, and waits for what follows its answer. */
async function send(path: string, headers: Record<string, string>): Promise<Response> {
  const execution = createExecutionContext();
  const request = new Request(`http://farebox.test${path}`, { headers });
  const response = await app.fetch(request, env, execution);
  await response.clone().text();
  await waitOnExecutionContext(execution);
  return response;
}

const bearer = ({ token }: Pick<TestUser, "token">) => ({ authorization: `Bearer ${token}` });
const cookie = ({ refreshToken }: Pick<TestUser, "refreshToken">) => ({
  cookie: `farebox_session=${refreshToken}`,
});

it.each([
  ["an access token", "/api/users/me", bearer],
  ["a page's cookie", "/dashboard", cookie],
] as const)("a session that is used by %s was seen just now", async (_, path, credential) => {
  const user = await signUpEarlier();
  const before = Date.now();
  expect((await send(path, credential(user))).status).toBe(200);
  expect(await seenAt(user)).toBeGreaterThanOrEqual(before);
  const { data } = await (await send("/api/auth/sessions", bearer(user))).json<{
    data: { lastSeenAt: string; refreshedAt: string }[];
  }>();
  expect(Date.parse(data[0]?.lastSeenAt ?? "")).toBeGreaterThanOrEqual(before);
  expect(Date.parse(data[0]?.refreshedAt ?? "")).toBeLessThan(before - AGO_MS + HOUR_MS);
});

it("a session that was seen within the hour is written no second time", async () => {
  const user = await signUpEarlier();
  await send("/api/users/me", bearer(user));
  const first = await seenAt(user);
  await new Promise((resolve) => setTimeout(resolve, 5));
  await send("/api/users/me", bearer(user));
  expect(await seenAt(user)).toBe(first);
  // A new session was seen by being made.
  const fresh = await signUp();
  await send("/api/users/me", bearer(fresh));
  expect(await seenAt(fresh)).toBe(null);
});

it("a session that nobody has used since was seen when it was refreshed last", async () => {
  const { email, password, ...idle } = await signUpEarlier();
  const other = await call("POST", "/api/auth/login", { body: { email, password } });
  const { accessToken } = await other.json<{ accessToken: string }>();
  const { data } = await (await send("/api/auth/sessions", bearer({ token: accessToken }))).json<{
    data: { lastSeenAt: string; refreshedAt: string; isCurrent: boolean }[];
  }>();
  const seen = data.find(({ isCurrent }) => !isCurrent);
  expect(seen?.lastSeenAt).toBe(seen?.refreshedAt);
  expect(await seenAt(idle)).toBe(null);
});
