import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, expect, it } from "vitest";
import { adminSql } from "../../dev/admin-sql.ts";
import { app } from "../../src/app.ts";
import type { Env } from "../../src/env.ts";
import { call } from "../support/call.ts";
import { loadDefaultCatalog } from "../support/catalog.ts";
import { signUp, uniqueEmail } from "../support/sign-up.ts";

beforeAll(loadDefaultCatalog);

const ADDRESS = uniqueEmail();
const password = "a long ride home";

/** Sends a request to a Worker with these ADMIN_EMAILS. */
function workerWithAdmins(addresses: string) {
  const bindings: Env = Object.create(env, {
    ADMIN_EMAILS: { value: addresses, enumerable: true },
  });
  return async (method: string, path: string, body: unknown, token = ""): Promise<Response> =>
    await app.fetch(
      new Request(`http://farebox.test${path}`, {
        method,
        headers: {
          "content-type": "application/json",
          ...(token === "" ? {} : { authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify(body),
      }),
      bindings,
      createExecutionContext(),
    );
}

it("nobody becomes an admin by signing up where the site is deployed", async () => {
  const email = uniqueEmail();
  const bindings: Env = Object.create(env, {
    ADMIN_EMAILS: { value: email, enumerable: true },
    PUBLIC_URL: { value: "https://farebox.example", enumerable: true },
  });
  const made = await app.fetch(
    new Request("https://farebox.example/api/auth/register", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ email, password }),
    }),
    bindings,
    createExecutionContext(),
  );
  expect(made.status).toBe(201);
  expect(await made.json()).toMatchObject({ user: { email, role: "user" } });
});

it("npm run admin makes one user an admin, and says so in the audit log, once", async () => {
  const [chosen, other] = [await signUp(), await signUp()];
  const run = async (email: string) => {
    const statements = adminSql(email, Date.now()).map((statement) => env.DB.prepare(statement));
    return (await env.DB.batch(statements)).at(-1)?.results;
  };
  for (let n = 0; n < 2; n += 1)
    expect(await run(` ${chosen.email.toUpperCase()} `)).toEqual([
      { id: chosen.userId, role: "admin" },
    ]);
  expect(await run("no'body@farebox.test")).toEqual([]);
  const asAdmin = await call("GET", `/api/admin/audit?subjectId=${chosen.userId}`, {
    token: chosen.token,
  });
  expect(await asAdmin.json()).toMatchObject({
    data: [
      {
        actor: { kind: "system", id: "npm run admin" },
        action: "user.role_changed",
        before: { role: "user" },
        after: { role: "admin" },
      },
    ],
  });
  expect((await call("GET", "/api/admin/users", { token: other.token })).status).toBe(403);
});

it("an address of ADMIN_EMAILS is not given up, not even by a demoted admin", async () => {
  const ask = workerWithAdmins(ADDRESS.toUpperCase());
  const made = await ask("POST", "/api/auth/register", { email: ADDRESS, password });
  const { user, accessToken } = await made.json<{
    user: { id: string; role: string };
    accessToken: string;
  }>();
  expect(user.role).toBe("admin");
  await env.DB.prepare("update users set role = 'user' where id = ?").bind(user.id).run();

  const moved = await ask(
    "PATCH",
    "/api/users/me",
    { email: uniqueEmail(), currentPassword: password },
    accessToken,
  );
  expect(await moved.json()).toMatchObject({ error: { code: "conflict", param: "email" } });
  const erased = await ask("DELETE", "/api/users/me", { currentPassword: password }, accessToken);
  expect(await erased.json()).toMatchObject({ error: { code: "conflict", param: "email" } });
  expect((await ask("POST", "/api/auth/register", { email: ADDRESS, password })).status).toBe(409);

  const same = { name: "Ada", email: ADDRESS.toUpperCase(), currentPassword: password };
  expect((await ask("PATCH", "/api/users/me", same, accessToken)).status).toBe(200);
  expect(
    (
      await workerWithAdmins("")(
        "DELETE",
        "/api/users/me",
        { currentPassword: password },
        accessToken,
      )
    ).status,
  ).toBe(204);
});
