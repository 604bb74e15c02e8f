import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { call } from "../support/call.ts";
import { createKey, signUp } from "../support/sign-up.ts";

const post = (path: string, body: object, token?: string) =>
  call("POST", `/api/auth/${path}`, { body, ...(token === undefined ? {} : { token }) });

it("the audit log has keys made and ended, and new passwords, without secrets", async () => {
  const user = await signUp();
  const key = await createKey(user, { name: "secret name", scopes: ["read"] });
  const keyId = `key_${key.slice(3, 11)}`;
  await call("DELETE", `/api/api-keys/${keyId}`, { token: user.token });
  const change = { currentPassword: user.password, newPassword: "another quiet ride" };
  expect((await post("password", change, user.token)).status).toBe(204);
  const wrong = { currentPassword: user.password, newPassword: "one more quiet ride" };
  expect((await post("password", wrong, user.token)).status).toBe(401);
  const { results } = await env.DB.prepare(
    "SELECT action, subject_id, actor_id, after FROM audit_log WHERE user_id = ? ORDER BY id",
  )
    .bind(user.userId)
    .all<{ action: string; subject_id: string; actor_id: string; after: string | null }>();
  expect(results.map(({ action, subject_id }) => [action, subject_id])).toEqual([
    ["api_key.created", keyId],
    ["api_key.revoked", keyId],
    ["user.password_changed", user.userId],
  ]);
  expect(results.every(({ actor_id }) => actor_id === user.userId)).toBe(true);
  const text = JSON.stringify(results);
  for (const secret of [key, "secret name", user.password, "another quiet ride"])
    expect(text).not.toContain(secret);
});

it("each refused sign-in is a line of the log, in which no address can be read", async () => {
  const user = await signUp();
  const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  const tries = [user.email, user.email.toUpperCase(), "nobody@farebox.test"];
  for (const email of tries) await post("login", { email, password: "not the password" });
  await post("login", { email: user.email, password: user.password });
  const lines = warn.mock.calls.map(([line]) => String(line));
  warn.mockRestore();
  const refused = lines.filter((line) => line.includes("sign_in.refused"));
  const addresses = refused.map((line) => /"address":"([0-9a-f]{64})"/.exec(line)?.[1]);
  expect(addresses).toHaveLength(3);
  expect(addresses[0]).toBe(addresses[1]);
  expect(addresses[0]).not.toBe(addresses[2]);
  expect(refused.join().toLowerCase()).not.toContain(user.email.toLowerCase());
});

it("the audit log has a user's own change of address, and neither address", async () => {
  const user = await signUp();
  const patch = (body: object) => call("PATCH", "/api/users/me", { token: user.token, body });
  expect((await patch({ name: "Ada" })).status).toBe(200);
  const email = `new.${user.email}`;
  expect((await patch({ email, currentPassword: user.password })).status).toBe(200);
  const { results } = await env.DB.prepare("SELECT * FROM audit_log WHERE user_id = ?")
    .bind(user.userId)
    .all();
  expect(results).toMatchObject([
    { action: "user.updated", actor_id: user.userId, after: '{"fields":["email"]}' },
  ]);
  expect(JSON.stringify(results)).not.toContain(user.email);
});

it("each wrong password of somebody who is signed in is a line of the log", async () => {
  const user = await signUp();
  const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  const currentPassword = "not the password";
  await post("password", { currentPassword, newPassword: "another quiet ride" }, user.token);
  await call("DELETE", "/api/users/me", { token: user.token, body: { currentPassword } });
  const body = { email: `new.${user.email}`, currentPassword };
  await call("PATCH", "/api/users/me", { token: user.token, body });
  const lines = warn.mock.calls.map(([line]) => JSON.parse(String(line)));
  warn.mockRestore();
  const refused = { level: "warn", event: "password.refused", userId: user.userId };
  expect(lines.filter(({ event }) => event === "password.refused")).toEqual([
    refused,
    refused,
    refused,
  ]);
});
