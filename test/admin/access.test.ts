import { beforeAll, describe, expect, it } from "vitest";
import { callAsAdmin } from "../support/admin.ts";
import { call, readError } from "../support/call.ts";
import { addTotp } from "../support/factors.ts";
import { standInModel } from "../support/model.ts";
import { loadShopCatalog } from "../support/shop.ts";
import { createKey, signUp, type TestUser } from "../support/sign-up.ts";

beforeAll(loadShopCatalog);

const CHAT = { model: "small", messages: [{ role: "user", content: "Hello." }] };
const chat = (token: string) => call("POST", "/v1/chat/completions", { token, body: CHAT });
const REASON = { reason: "A stolen laptop." };
const NOBODY = "usr_0000000000000000";
const pathOf = (userId: string, rest: string) => `/api/admin/users/${userId}/${rest}`;
const remove = (userId: string, rest: string, body: object = REASON) =>
  callAsAdmin("DELETE", pathOf(userId, rest), body);
const login = async ({ email, password }: TestUser) =>
  await (await call("POST", "/api/auth/login", { body: { email, password } })).json<{
    accessToken: string;
  }>();
const sessionsOf = async (userId: string) =>
  (
    await (
      await callAsAdmin("GET", pathOf(userId, "sessions"))
    ).json<{ data: { id: string; isCurrent: boolean }[] }>()
  ).data;
const keysOf = async (userId: string) =>
  (
    await (
      await callAsAdmin("GET", pathOf(userId, "api-keys"))
    ).json<{ keys: { id: string; name: string }[] }>()
  ).keys;
const logOf = async (userId: string, action: string) =>
  (
    await (
      await callAsAdmin("GET", `/api/admin/audit?userId=${userId}&action=${action}`)
    ).json<{ data: Record<string, unknown>[] }>()
  ).data;
const ENDED = { status: 401, code: "invalid_token" };

describe("an admin", () => {
  it("lists a user's sessions and ends one, whose token chats no more at once", async () => {
    standInModel();
    const user = await signUp();
    const other = await login(user);
    const [newest, oldest] = await sessionsOf(user.userId);
    expect([newest?.isCurrent, oldest?.isCurrent]).toEqual([false, false]);
    const id = oldest?.id ?? "";
    expect((await remove(user.userId, `sessions/${id}`)).status).toBe(204);
    expect(await readError(await chat(user.token))).toMatchObject(ENDED);
    expect((await chat(other.accessToken)).status).toBe(200);
    expect(await sessionsOf(user.userId)).toHaveLength(1);
    expect(await logOf(user.userId, "session.ended")).toMatchObject([
      { subjectId: id, reason: REASON.reason, actor: { kind: "admin" } },
    ]);
    const again = await remove(user.userId, `sessions/${id}`);
    expect(await readError(again)).toMatchObject({ status: 404, code: "not_found" });
    expect(await logOf(user.userId, "session.ended")).toHaveLength(1);
  });

  it("ends all of them, and none of another user's", async () => {
    standInModel();
    const [user, stranger] = [await signUp(), await signUp()];
    const other = await login(user);
    const [foreign] = await sessionsOf(stranger.userId);
    expect((await remove(user.userId, `sessions/${foreign?.id}`)).status).toBe(404);
    expect((await remove(user.userId, "sessions")).status).toBe(204);
    for (const token of [user.token, other.accessToken]) {
      expect(await readError(await chat(token))).toMatchObject(ENDED);
      expect((await call("GET", "/api/users/me", { token })).status).toBe(401);
    }
    expect(await sessionsOf(user.userId)).toEqual([]);
    expect((await chat(stranger.token)).status).toBe(200);
    expect(await logOf(user.userId, "sessions.ended")).toMatchObject([{ reason: REASON.reason }]);
    expect((await remove(user.userId, "sessions")).status).toBe(204);
    expect(await logOf(user.userId, "sessions.ended")).toHaveLength(1);
  });

  it("lists a user's keys without their text and revokes one at once", async () => {
    standInModel();
    const user = await signUp();
    const [key, kept] = [await createKey(user, { name: "lost" }), await createKey(user)];
    const keys = await keysOf(user.userId);
    expect(JSON.stringify(keys)).not.toContain(key);
    // By its name in the audit log, as long as it is there.
    const subjects = async () =>
      (await logOf(user.userId, "api_key.created")).map(({ subject }) => subject);
    expect(await subjects()).toEqual(["test", "lost"]);
    const id = keys.find(({ name }) => name === "lost")?.id ?? "";
    const revoked = await remove(user.userId, `api-keys/${id}`);
    expect([revoked.status, await revoked.json()]).toEqual([200, { success: true }]);
    expect(await readError(await chat(key))).toMatchObject({ status: 401 });
    expect((await chat(kept)).status).toBe(200);
    expect(await logOf(user.userId, "api_key.revoked")).toMatchObject([
      { subjectId: id, reason: REASON.reason, actor: { kind: "admin" } },
    ]);
    expect(await subjects()).toEqual(["test", null]);
    expect((await remove(user.userId, `api-keys/${id}`)).status).toBe(404);
    expect(await logOf(user.userId, "api_key.revoked")).toHaveLength(1);
  });

  it("says why, and names a user", async () => {
    const user = await signUp();
    const [session] = await sessionsOf(user.userId);
    await createKey(user);
    const [key] = await keysOf(user.userId);
    for (const rest of ["sessions", `sessions/${session?.id}`, `api-keys/${key?.id}`]) {
      expect((await remove(user.userId, rest, {})).status).toBe(400);
      expect((await remove(NOBODY, rest)).status).toBe(404);
    }
    for (const rest of ["sessions", "api-keys"])
      expect((await callAsAdmin("GET", pathOf(NOBODY, rest))).status).toBe(404);
    expect(await sessionsOf(user.userId)).toHaveLength(1);
    expect(await keysOf(user.userId)).toHaveLength(1);
  });

  it("writes no reason that the user would find in the export", async () => {
    const user = await signUp();
    const [session] = await sessionsOf(user.userId);
    await login(user);
    await remove(user.userId, `sessions/${session?.id}`, { reason: "Nadelstich" });
    const { accessToken } = await login(user);
    const document = await call("GET", "/api/users/me/export", { token: accessToken });
    const text = await document.text();
    expect(text).toContain("session.ended");
    expect(text).not.toContain("Nadelstich");
  });

  it("removes the app of a user who lost it, with the reason in the log", async () => {
    const user = await signUp();
    expect(await readError(await remove(user.userId, "totp"))).toMatchObject({ status: 404 });
    expect(await readError(await remove(NOBODY, "totp"))).toMatchObject({ status: 404 });
    await addTotp(user);
    const { email, password } = user;
    const signIn = () => call("POST", "/api/auth/login", { body: { email, password } });
    expect((await signIn()).status).toBe(202);
    expect((await remove(user.userId, "totp", {})).status).toBe(400);
    expect((await remove(user.userId, "totp")).status).toBe(204);
    expect((await signIn()).status).toBe(200);
    expect(await logOf(user.userId, "user.totp_removed")).toMatchObject([
      { subjectId: user.userId, reason: REASON.reason, actor: { kind: "admin" } },
    ]);
  });
});
