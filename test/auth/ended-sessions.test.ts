import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { REUSE_GRACE_MS } from "../../src/auth/sessions/sessions.ts";
import { accountObject } from "../support/account.ts";
import { call, readError } from "../support/call.ts";
import { standInModel } from "../support/model.ts";
import { signUp, type TestUser } from "../support/sign-up.ts";

beforeEach(() => {
  standInModel();
});

const CHAT = { model: "small", messages: [{ role: "user", content: "Hello." }] };
const ENDED = { status: 401, code: "invalid_token" };

const post = (path: string, body: object, token?: string) =>
  call("POST", `/api/auth/${path}`, { body, ...(token === undefined ? {} : { token }) });

async function login({ email, password }: TestUser) {
  const response = await post("login", { email, password });
  return await response.json<{ accessToken: string; refreshToken: string }>();
}

const chat = (token: string) => call("POST", "/v1/chat/completions", { token, body: CHAT });

/** Expects that a session's access token chats no more, and that other sessions do. */
async function expectEnded(token: string, others: readonly string[]): Promise<void> {
  expect(await readError(await chat(token))).toMatchObject(ENDED);
  for (const other of others) expect((await chat(other)).status).toBe(200);
}

describe("the access token of a session chats no more once the session", () => {
  it("is logged out by its access token", async () => {
    const user = await signUp();
    const other = await login(user);
    expect((await chat(user.token)).status).toBe(200);
    expect((await post("logout", {}, user.token)).status).toBe(204);
    await expectEnded(user.token, [other.accessToken]);
  });

  it("is logged out by its refresh token, and stays so when the object dies", async () => {
    const user = await signUp();
    const other = await login(user);
    expect((await post("logout", { refreshToken: user.refreshToken })).status).toBe(204);
    await evictDurableObject(accountObject(user.userId));
    await expectEnded(user.token, [other.accessToken]);
  });

  it("is ended by a new password in another session", async () => {
    const user = await signUp();
    const [first, second] = [await login(user), await login(user)];
    const change = { currentPassword: user.password, newPassword: "another quiet ride" };
    expect((await post("password", change, first.accessToken)).status).toBe(204);
    await expectEnded(user.token, [first.accessToken]);
    await expectEnded(second.accessToken, [first.accessToken]);
  });

  it("is ended because an old refresh token of it was used", async () => {
    const user = await signUp();
    const other = await login(user);
    const next = await (await post("refresh", { refreshToken: user.refreshToken })).json<{
      accessToken: string;
    }>();
    await env.DB.prepare("UPDATE sessions SET refreshed_at = refreshed_at - ? WHERE user_id = ?")
      .bind(REUSE_GRACE_MS, user.userId)
      .run();
    expect((await post("refresh", { refreshToken: user.refreshToken })).status).toBe(401);
    await expectEnded(user.token, [other.accessToken]);
    await expectEnded(next.accessToken, [other.accessToken]);
  });

  it("is the oldest, and its user signs in once more than 50 times", async () => {
    const user = await signUp();
    const second = await login(user);
    const rows = Array.from({ length: 48 }, (_, index) =>
      env.DB.prepare(
        `INSERT INTO sessions
           (id, user_id, family_hash, token_hash, created_at, refreshed_at, expires_at)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
      ).bind(
        // Younger than any that begins now.
        `ses_ffff${user.userId}${index}`,
        user.userId,
        `${user.userId}${index}`,
        "hash",
        Date.now() - 1000,
        Date.now(),
        Date.now() + 1_000_000,
      ),
    );
    await env.DB.batch(rows);
    const newest = await login(user);
    await expectEnded(user.token, [second.accessToken, newest.accessToken]);
    const count = env.DB.prepare("SELECT count(*) AS n FROM sessions WHERE user_id = ?");
    expect(await count.bind(user.userId).first("n")).toBe(50);
  });
});
