import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, expect, it } from "vitest";
import { app } from "../../src/app.ts";
import type { Env } from "../../src/env.ts";
import { loadDefaultCatalog } from "../support/catalog.ts";
import { uniqueEmail } from "../support/sign-up.ts";

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
