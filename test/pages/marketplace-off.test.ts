import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, expect, it } from "vitest";
import { app } from "../../src/app.ts";
import { createAgent } from "../support/agents.ts";
import { loadDefaultCatalog } from "../support/catalog.ts";
import { signUp } from "../support/sign-up.ts";

beforeAll(loadDefaultCatalog);

const closed = Object.create(env, { MARKETPLACE: { value: "false", enumerable: true } });

const ask = (method: string, path: string, headers: Record<string, string>, body?: object) =>
  app.fetch(
    new Request(`http://farebox.test${path}`, {
      method,
      headers: { "content-type": "application/json", ...headers },
      body: body === undefined ? null : JSON.stringify(body),
    }),
    closed,
    createExecutionContext(),
  );

it("a marketplace that is off has no routes or pages, and lists and sells nothing", async () => {
  const [owner, buyer] = [await signUp(), await signUp()];
  const sold = { visibility: "listed", priceMinor: 500, currency: "usd" } as const;
  const { id } = await createAgent(owner, sold);
  const asBuyer = { authorization: `Bearer ${buyer.token}` };
  const asOwner = { authorization: `Bearer ${owner.token}` };
  for (const [method, path] of [
    ["GET", "/api/marketplace"],
    ["GET", `/api/marketplace/${id}`],
    ["POST", `/api/agents/${id}/purchase`],
  ] as const) {
    const refused = await ask(method, path, asBuyer, method === "POST" ? {} : undefined);
    expect([path, refused.status, await refused.json()]).toMatchObject([
      path,
      404,
      { error: { code: "not_found", message: "The marketplace is turned off." } },
    ]);
  }
  const listed = await ask("PATCH", `/api/agents/${id}`, asOwner, { visibility: "listed" });
  expect([listed.status, await listed.json()]).toMatchObject([
    400,
    { error: { code: "invalid_request", param: "visibility" } },
  ]);
  expect((await ask("PATCH", `/api/agents/${id}`, asOwner, { visibility: "private" })).status).toBe(
    200,
  );
  expect((await ask("GET", "/marketplace", {})).status).toBe(404);
  expect(await (await ask("GET", "/pricing", {})).text()).not.toContain('href="/marketplace"');
});
