import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { accountObject } from "../support/account.ts";
import { call } from "../support/call.ts";
import { createKey, signUp } from "../support/sign-up.ts";

const text = (rows: unknown) => JSON.stringify(rows);

async function everythingInD1(): Promise<string> {
  const tables = await env.DB.prepare(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'",
  ).all<{
    name: string;
  }>();
  const dumps = tables.results.map(async ({ name }) =>
    text((await env.DB.prepare(`SELECT * FROM "${name}"`).all()).results),
  );
  return (await Promise.all(dumps)).join("\n");
}

async function everythingInObject(userId: string): Promise<string> {
  return await runInDurableObject(accountObject(userId), (_object, state) => {
    const { sql } = state.storage;
    const tables = sql.exec<{ name: string }>(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'",
    );
    return tables
      .toArray()
      .map(({ name }) => text(sql.exec(`SELECT * FROM "${name}"`).toArray()))
      .join("\n");
  });
}

it("I12: keeps and logs no password, key or token, whatever is done with them", async () => {
  const logged: string[] = [];
  for (const level of ["log", "info", "warn", "error", "debug"] as const)
    vi.spyOn(console, level).mockImplementation(
      (...parts) => void logged.push(parts.map(String).join(" ")),
    );
  const user = await signUp();
  const key = await createKey(user);
  const newPassword = `a longer ride of ${crypto.randomUUID()}`;
  const answers: string[] = [];
  const request = async (method: string, path: string, options: Parameters<typeof call>[2]) => {
    answers.push(await (await call(method, path, options)).text());
  };
  await request("POST", "/api/auth/login", {
    body: { email: user.email, password: "not the password" },
  });
  await request("GET", "/api/api-keys", { token: key });
  await request("GET", "/api/users/me", { token: key });
  await request("GET", "/api/users/me", { token: `${user.token}x` });
  await request("POST", "/api/auth/password", {
    token: user.token,
    body: { currentPassword: user.password, newPassword },
  });
  const pair = await (
    await call("POST", "/api/auth/refresh", { body: { refreshToken: user.refreshToken } })
  ).json<{
    accessToken: string;
    refreshToken: string;
  }>();
  const login = await call("POST", "/api/auth/login", {
    body: { email: user.email, password: newPassword },
  });
  const signedIn = await login.json<{ accessToken: string; refreshToken: string; user: unknown }>();
  answers.push(text(signedIn.user));

  const tokens = [
    user.token,
    user.refreshToken,
    pair.accessToken,
    pair.refreshToken,
    signedIn.accessToken,
    signedIn.refreshToken,
  ];
  const halves = [user.refreshToken, signedIn.refreshToken].flatMap((token) => [
    token.slice(3, 35),
    token.slice(35),
  ]);
  const secrets = [
    user.password,
    newPassword,
    key,
    key.slice(27),
    key.slice(27, 55),
    ...tokens,
    ...halves,
  ];
  const places = {
    d1: await everythingInD1(),
    object: await everythingInObject(user.userId),
    log: text(logged),
    answers: text(answers),
  };
  // The scan reached the places where secrets would be.
  expect(places.d1).toContain(user.email);
  expect(places.d1).toContain("$argon2id$");
  expect(places.object).toContain(key.slice(0, 20));
  for (const [place, content] of Object.entries(places)) {
    for (const secret of secrets)
      expect(content.includes(secret), `${secret} in ${place}`).toBe(false);
  }
  // Nor does the log line of a reuse, which comes later than two tabs that refresh at once.
  await env.DB.prepare("UPDATE sessions SET refreshed_at = 0 WHERE user_id = ?")
    .bind(user.userId)
    .run();
  await call("POST", "/api/auth/refresh", { body: { refreshToken: user.refreshToken } });
  expect(text(logged)).toContain("refresh_token.reused");
  expect(text(logged)).not.toContain(user.refreshToken.slice(3, 35));
  expect(places.answers).not.toContain("$argon2id$");
});
