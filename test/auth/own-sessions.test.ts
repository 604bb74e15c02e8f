import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { DAY_MS } from "../../src/time.ts";
import { call, readError } from "../support/call.ts";
import { standInModel } from "../support/model.ts";
import { createKey, signUp, type TestUser } from "../support/sign-up.ts";

interface Session {
  readonly id: string;
  readonly createdAt: string;
  readonly refreshedAt: string;
  readonly expiresAt: string;
  readonly isCurrent: boolean;
}
const PATH = "/api/auth/sessions";
const CHAT = { model: "small", messages: [{ role: "user", content: "Hello." }] };

beforeEach(() => {
  standInModel();
});

const login = async ({ email, password }: TestUser) =>
  (await call("POST", "/api/auth/login", { body: { email, password } })).json<{
    accessToken: string;
    refreshToken: string;
  }>();
const listOf = async (token: string) =>
  (await (await call("GET", PATH, { token })).json<{ data: Session[] }>()).data;
const refresh = (refreshToken: string) =>
  call("POST", "/api/auth/refresh", { body: { refreshToken } });

/** Expects that nothing works any more that belongs to a session. */
async function expectOver(session: { accessToken: string; refreshToken: string }): Promise<void> {
  const { accessToken: token, refreshToken } = session;
  expect((await call("GET", "/api/users/me", { token })).status).toBe(401);
  expect((await call("POST", "/v1/chat/completions", { token, body: CHAT })).status).toBe(401);
  expect((await refresh(refreshToken)).status).toBe(401);
}

describe("a user's sessions", () => {
  it("are listed, newest first, without anything by which one could be used", async () => {
    const user = await signUp();
    const other = await login(user);
    const response = await call("GET", PATH, { token: user.token });
    const text = await response.text();
    for (const secret of [user.refreshToken, other.refreshToken, "hash"])
      expect(text).not.toContain(secret);
    const time = expect.stringMatching(/^\d{4}-.*Z$/);
    const shown = {
      method: "password",
      device: { browser: null, system: null },
      country: null,
      city: null,
      createdAt: time,
      lastSeenAt: time,
      refreshedAt: time,
      expiresAt: time,
    };
    expect(JSON.parse(text)).toEqual({
      object: "list",
      data: [
        { id: expect.stringMatching(/^ses_/), ...shown, isCurrent: false },
        { id: expect.stringMatching(/^ses_/), ...shown, isCurrent: true },
      ],
      hasMore: false,
      nextCursor: null,
    });
  });

  it("are ended one by one, by any of them, at once and for chats too", async () => {
    const user = await signUp();
    const other = await login(user);
    const [lost] = (await listOf(user.token)).filter(({ isCurrent }) => !isCurrent);
    const ended = await call("DELETE", `${PATH}/${lost?.id}`, { token: user.token });
    expect(ended.status).toBe(204);
    await expectOver(other);
    expect((await call("GET", "/api/users/me", { token: user.token })).status).toBe(200);
    const again = await call("DELETE", `${PATH}/${lost?.id}`, { token: user.token });
    expect(await readError(again)).toMatchObject({ status: 404, code: "not_found" });
  });

  it("are ended all together, but for the one that asks", async () => {
    const user = await signUp();
    const others = [await login(user), await login(user)];
    expect((await call("DELETE", PATH, { token: user.token })).status).toBe(204);
    for (const other of others) await expectOver(other);
    expect(await listOf(user.token)).toMatchObject([{ isCurrent: true }]);
  });

  it("are nobody else's, and no key's", async () => {
    const [user, stranger] = [await signUp(), await signUp()];
    const [own] = await listOf(user.token);
    const path = `${PATH}/${own?.id}`;
    expect((await call("DELETE", path, { token: stranger.token })).status).toBe(404);
    expect((await call("DELETE", PATH, { token: stranger.token })).status).toBe(204);
    const key = await createKey(user, { scopes: ["chat", "read", "write"] });
    for (const [method, at] of [
      ["GET", PATH],
      ["DELETE", PATH],
      ["DELETE", path],
    ] as const)
      expect((await call(method, at, { token: key })).status).toBe(403);
    expect(await listOf(user.token)).toHaveLength(1);
  });

  it("last a year at most, however often they are refreshed", async () => {
    const user = await signUp();
    const begin = (atMs: number) =>
      env.DB.prepare("UPDATE sessions SET created_at = ? WHERE user_id = ?")
        .bind(atMs, user.userId)
        .run();
    const createdAt = Date.now() - 364 * DAY_MS;
    await begin(createdAt);
    const response = await refresh(user.refreshToken);
    expect(response.status).toBe(200);
    const pair = await response.json<{ accessToken: string; refreshToken: string }>();
    const [session] = await listOf(pair.accessToken);
    expect(Date.parse(session?.expiresAt ?? "")).toBe(createdAt + 365 * DAY_MS);
    await begin(Date.now() - 366 * DAY_MS);
    expect((await refresh(pair.refreshToken)).status).toBe(401);
    expect((await call("GET", "/api/users/me", { token: pair.accessToken })).status).toBe(401);
  });
});
