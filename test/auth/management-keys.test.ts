import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { adminUser, callAsAdmin } from "../support/admin.ts";
import { call, readError } from "../support/call.ts";
import { createManagementKey, newExternalId, revokeManagementKey } from "../support/management.ts";
import { createKey, signUp } from "../support/sign-up.ts";

const SCOPES = ["users", "sessions", "credits", "catalog", "read"] as const;

it("a management key is shown once, stored as a hash, and listed by its beginning", async () => {
  const { id, key } = await createManagementKey(["read"], { name: "Listed" });
  expect(key).toMatch(/^fbm_[0-9a-f]{64}$/);
  const page = await (await callAsAdmin("GET", "/api/admin/management-keys?limit=100")).text();
  expect(page).toContain(id);
  expect(page).toContain(key.slice(0, 12));
  expect(page).not.toContain(key);
  const row = await env.DB.prepare("SELECT * FROM management_keys WHERE id = ?").bind(id).first();
  expect(JSON.stringify(row)).not.toContain(key.slice(12));
});

it("each scope opens what it names, and nothing else", async () => {
  const { userId } = await signUp();
  const externalId = newExternalId();
  const requests: { open: readonly string[]; method: string; path: string; body?: object }[] = [
    { open: ["users", "read"], method: "GET", path: `/api/admin/users/${userId}` },
    { open: ["users", "read"], method: "GET", path: "/api/admin/users" },
    { open: ["users", "read"], method: "GET", path: "/api/customers" },
    { open: ["users"], method: "PUT", path: `/api/customers/${externalId}`, body: {} },
    { open: ["sessions"], method: "POST", path: "/api/sessions", body: { externalId } },
    {
      open: ["credits"],
      method: "POST",
      path: `/api/admin/users/${userId}/grants`,
      body: { credits: 1, reason: "Welcome" },
    },
    { open: ["credits", "read"], method: "GET", path: `/api/admin/users/${userId}/grants` },
    { open: ["catalog", "read"], method: "GET", path: "/api/admin/plans" },
    { open: ["catalog", "read"], method: "GET", path: "/api/admin/models" },
    { open: ["read"], method: "GET", path: "/api/admin/stats" },
    { open: ["read"], method: "GET", path: "/api/admin/audit" },
    { open: [], method: "GET", path: "/api/admin/management-keys" },
    {
      open: [],
      method: "POST",
      path: "/api/admin/management-keys",
      body: { name: "x", scopes: ["users"] },
    },
    { open: [], method: "PATCH", path: `/api/admin/users/${userId}`, body: { role: "admin" } },
    { open: [], method: "GET", path: "/api/admin/mails" },
    { open: [], method: "GET", path: "/api/admin/events" },
    { open: [], method: "GET", path: "/api/usage" },
    { open: [], method: "POST", path: "/api/checkout", body: { planId: "starter" } },
    { open: [], method: "GET", path: "/api/users/me" },
  ];
  const wrong: unknown[] = [];
  for (const scope of SCOPES) {
    const { key: token } = await createManagementKey([scope]);
    for (const { open, method, path, body } of requests) {
      const { status } = await call(method, path, { token, ...(body ? { body } : {}) });
      if (open.includes(scope) ? status >= 300 : status !== 403)
        wrong.push([scope, method, path, status]);
    }
  }
  expect(wrong).toEqual([]);
});

it("a key of another scope is told which one it lacks", async () => {
  const { key: token } = await createManagementKey(["read"]);
  const refused = await call("POST", "/api/sessions", { token, body: { externalId: "a" } });
  expect(await readError(refused)).toEqual({
    status: 403,
    code: "missing_scope",
    param: "sessions",
  });
});

it("an admin's session begins no session of a customer, nor does a user's key", async () => {
  const { token } = await adminUser();
  for (const credential of [token, await createKey(await signUp())]) {
    const body = { externalId: "a" };
    const refused = await call("POST", "/api/sessions", { token: credential, body });
    expect(await readError(refused)).toMatchObject({ status: 403, code: "missing_scope" });
  }
});

it.each(["/api/customers", "/v1/chat/completions", "/v1/models"])(
  "%s refuses a management key in a browser, and no page reads the answer",
  async (path) => {
    const { key } = await createManagementKey(["users", "sessions"]);
    for (const origin of ["http://shop.test", "http://farebox.test", "https://evil.example"]) {
      for (const headers of [{ authorization: `Bearer ${key}` }, { "x-api-key": key }]) {
        const refused = await call(path.includes("chat") ? "POST" : "GET", path, {
          headers: { ...headers, origin },
          ...(path.includes("chat") ? { body: {} } : {}),
        });
        expect(refused.headers.get("access-control-allow-origin")).toBeNull();
        expect(await readError(refused)).toMatchObject({ status: 403, code: "missing_scope" });
      }
    }
  },
);

it("a revoked key, an expired one, and one that nobody made are all 401", async () => {
  const { id, key } = await createManagementKey(["users"]);
  expect((await call("GET", "/api/customers", { token: key })).status).toBe(200);
  await revokeManagementKey(id);
  const soon = await createManagementKey(["users"], {
    expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
  });
  await env.DB.prepare("UPDATE management_keys SET expires_at = 1 WHERE id = ?")
    .bind(soon.id)
    .run();
  const { key: other } = await createManagementKey(["users"]);
  const madeUp = `${other.slice(0, -1)}${other.endsWith("0") ? "1" : "0"}`;
  for (const token of [key, soon.key, madeUp, `fbm_${"0".repeat(64)}`, "fbm_", "fbm_é"]) {
    const refused = await call("GET", "/api/customers", {
      headers: { authorization: `Bearer ${encodeURI(token)}` },
    });
    expect(await readError(refused)).toMatchObject({ status: 401, code: "invalid_api_key" });
  }
});

it("what a key changes is in the audit log as that key's doing", async () => {
  const { id, key: token } = await createManagementKey(["users", "credits", "sessions", "catalog"]);
  const externalId = newExternalId();
  const made = await call("PUT", `/api/customers/${externalId}`, {
    token,
    body: { name: "Ada", email: "ada@crm.test" },
  });
  const { id: userId } = await made.json<{ id: string }>();
  await call("PUT", `/api/customers/${externalId}`, { token, body: { name: "Ada L." } });
  const body = { credits: 5, reason: "Welcome" };
  await call("POST", `/api/admin/users/${userId}/grants`, { token, body });
  await call("POST", "/api/sessions", { token, body: { externalId } });
  await call("DELETE", `/api/customers/${externalId}`, { token });
  const log = await callAsAdmin("GET", `/api/admin/audit?actorId=${id}&limit=100`);
  const text = await log.clone().text();
  const { data } = await log.json<{ data: { action: string; actor: { kind: string } }[] }>();
  expect(data.map(({ action }) => action).toReversed()).toEqual([
    "customer.created",
    "customer.updated",
    "credits.granted",
    "customer_session.created",
    "user.erased",
  ]);
  expect(new Set(data.map(({ actor }) => actor.kind))).toEqual(new Set(["management_key"]));
  expect(text).not.toContain(externalId);
  expect(text).not.toContain("ada@crm.test");
});

it("making and revoking a key is audited, and a key is revoked once", async () => {
  const { id } = await createManagementKey(["read"]);
  await revokeManagementKey(id);
  const again = await callAsAdmin("DELETE", `/api/admin/management-keys/${id}`);
  expect(await readError(again)).toMatchObject({ status: 404, code: "not_found" });
  const log = await callAsAdmin("GET", `/api/admin/audit?subjectId=${id}`);
  const { data } = await log.json<{ data: { action: string }[] }>();
  expect(data.map(({ action }) => action)).toEqual([
    "management_key.revoked",
    "management_key.created",
  ]);
});

it("a hundred keys are enough, until one is revoked", async () => {
  const count = async () =>
    (
      await env.DB.prepare(
        "SELECT count(*) AS n FROM management_keys WHERE revoked_at IS NULL AND expires_at IS NULL",
      ).first<{ n: number }>()
    )?.n ?? 0;
  while ((await count()) < 100) await createManagementKey(["read"]).catch(() => undefined);
  const body = { name: "One more", scopes: ["read"] };
  const refused = await callAsAdmin("POST", "/api/admin/management-keys", body);
  expect(await readError(refused)).toMatchObject({ status: 409, code: "limit_reached" });
  await env.DB.prepare("UPDATE management_keys SET revoked_at = 1").run();
  expect((await callAsAdmin("POST", "/api/admin/management-keys", body)).status).toBe(201);
});

it.each([
  [{ name: "x", scopes: [] }, "scopes"],
  [{ name: "x", scopes: ["chat"] }, "scopes.0"],
  [{ name: "", scopes: ["read"] }, "name"],
  [{ name: "x", scopes: ["read"], expiresAt: "2020-01-01T00:00:00Z" }, "expiresAt"],
])("%j makes no key: %s", async (body, param) => {
  const refused = await callAsAdmin("POST", "/api/admin/management-keys", body);
  expect(await readError(refused)).toEqual({ status: 400, code: "invalid_request", param });
});
