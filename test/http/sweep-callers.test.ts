import { beforeAll, describe, expect, it, vi } from "vitest";
import { call } from "../support/call.ts";
import { loadEndpointModels } from "../support/endpoint-models.ts";
import { standInModel } from "../support/model.ts";
import { loadShopCatalog } from "../support/shop.ts";
import { BILLING_KEY, createKey, signUp, type TestUser } from "../support/sign-up.ts";
import { standInStripe } from "../support/stripe.ts";
import {
  fillPath,
  forEachConcurrently,
  PAID_CHATS,
  PAID_FORMS,
  type SweptRoute,
  sampleFor,
  sendAndReadRefusal,
  sweptRoutes,
} from "../support/sweep.ts";

// Some thousand requests.
vi.setConfig({ testTimeout: 600_000 });

/** What anybody may ask. Everything else wants to know who is calling. */
const PUBLIC = new Set([
  "POST /api/auth/register",
  "POST /api/auth/login",
  // By the token of the set-up, while there is no admin.
  "GET /api/auth/first-admin",
  "POST /api/auth/first-admin",
  "POST /api/auth/login/second-factor",
  "POST /api/auth/login/passkey/begin",
  "POST /api/auth/login/passkey",
  // By the links and codes of mails.
  "POST /api/auth/register/confirm",
  "POST /api/auth/forgot-password",
  "POST /api/auth/reset-password",
  "GET /api/auth/providers",
  "POST /api/auth/providers/:providerId/begin",
  // By the provider's answer and what the browser kept.
  "POST /api/auth/providers/:providerId/finish",
  "POST /api/mails/unsubscribe",
  "POST /api/auth/refresh",
  // By the refresh token in it, or by a caller.
  "POST /api/auth/logout",
  "GET /api/brand",
  "GET /api/plans",
  "GET /api/plans/active",
  "GET /api/plans/:idOrSlug",
  "GET /api/marketplace",
  "GET /api/marketplace/:id",
  "GET /v1/models",
  "GET /v1/models/:id{.+}",
  // By Stripe's signature.
  "POST /api/webhooks/stripe",
  "POST /webhook/stripe",
  "POST /stripe/webhook",
]);

/** What no key may do, whatever its scopes. */
const SESSION_ONLY = new Set([
  "GET /api/users/:userId/export",
  "GET /api/users/:userId/mail-preferences",
  "PATCH /api/users/:userId/mail-preferences",
  "POST /api/auth/password",
  "GET /api/auth/email",
  "DELETE /api/auth/email/pending",
  "POST /api/auth/email/send",
  "POST /api/auth/email/confirm",
  "GET /api/auth/sign-in-methods",
  "POST /api/auth/totp",
  "POST /api/auth/totp/confirm",
  "DELETE /api/auth/totp",
  "POST /api/auth/recovery-codes",
  "DELETE /api/auth/password",
  "POST /api/auth/passkeys/begin",
  "POST /api/auth/passkeys",
  "DELETE /api/auth/passkeys/:passkeyId",
  "GET /api/auth/sessions",
  "GET /api/auth/identities",
  "POST /api/auth/identities/begin",
  "POST /api/auth/identities/finish",
  "DELETE /api/auth/identities/:identityId",
  "DELETE /api/auth/sessions",
  "DELETE /api/auth/sessions/:sessionId",
  "DELETE /api/users/:userId",
  "POST /api/api-keys",
  "PATCH /api/api-keys/:keyId",
  "POST /api/api-keys/:keyId/rotate",
  "GET /api/orders/:id/api-key",
  // Stripe's page, on which everything can be changed.
  "POST /api/billing/portal",
]);

/** What moves money, or ends what was bought: no key may but one that was made to. */
const MOVES_MONEY = new Set([
  "DELETE /api/api-keys/:keyId",
  "POST /api/agents/:id/purchase",
  "POST /api/characters/:id/purchase",
]);
const isPayment = ({ name, method, path }: SweptRoute): boolean =>
  MOVES_MONEY.has(name) ||
  (method !== "GET" &&
    !name.startsWith("POST /api/payments/users/") &&
    /^\/api\/(checkout|stripe-sessions|orders|subscription|billing|payments|invoices)\b/.test(
      path,
    ));

/** What talks to a model. */
const CHAT = new Set([
  ...Object.keys(PAID_CHATS),
  "POST /v1/messages/count_tokens",
  "POST /api/chat",
  "POST /api/conversations/:id/messages",
  "POST /api/agents/:id/messages",
  "POST /api/characters/:id/messages",
]);

/** What a suspended user may do beside reading and deleting. */
const OPEN_WHILE_SUSPENDED = new Set([
  "POST /api/auth/password",
  "POST /api/billing/portal",
  "POST /api/subscription/cancel",
  // Closes a page on which nothing was paid.
  "PATCH /api/stripe-sessions/:id/status",
]);

/** What the operator's own backend does, by a management key or an admin's session. */
const isAdmin = ({ path }: SweptRoute) => /^\/api\/(admin\/|customers\b)/.test(path);

/** What a management key alone may do. */
const MANAGEMENT_ONLY = "POST /api/sessions";

/**
 * The scope that a key must have: reading reads, what moves money is billing, everything else
 * writes. Any key may ask what it is.
 */
function scopeOf(route: SweptRoute): "read" | "write" | "chat" | "billing" | null {
  const { name, method } = route;
  if (isPayment(route)) return "billing";
  if (name === "GET /v1/key") return null;
  if (CHAT.has(name)) return "chat";
  return method === "GET" ? "read" : "write";
}

const guarded = () =>
  sweptRoutes().filter(({ name }) => !PUBLIC.has(name) && !PAID_FORMS.has(name));

/** All of these that a user may call, by whatever credential. */
const forUsers = () => guarded().filter(({ name }) => name !== MANAGEMENT_ONLY);

function sendRequest(
  { method, path, name, body }: SweptRoute,
  token?: string,
  headers: Record<string, string> = {},
) {
  const json = PAID_CHATS[name] ?? (body === undefined ? undefined : sampleFor(body));
  const options = {
    headers,
    ...(token === undefined ? {} : { token }),
    ...(json === undefined ? {} : { body: json }),
  };
  return sendAndReadRefusal(
    method,
    fillPath(path, () => "nothing"),
    options,
  );
}

let admin: TestUser;
beforeAll(async () => {
  await loadShopCatalog();
  await loadEndpointModels();
  admin = await signUp("admin@farebox.test");
});

const base64 = (json: object) => btoa(JSON.stringify(json)).replaceAll("=", "");

describe("a request that", () => {
  it("without a valid credential is 401 on every route that is not public", async () => {
    const user = await signUp();
    const [, payload = "", signature = ""] = user.token.split(".");
    const header = base64({ alg: "HS256" });
    const claims = base64({ sub: user.userId, role: "admin" });
    const credentials: Record<string, string>[] = [
      {},
      { authorization: "" },
      { authorization: "Bearer" },
      { authorization: `Basic ${btoa(`${user.email}:${user.password}`)}` },
      { authorization: "Bearer x" },
      { authorization: "Bearer a.b.c" },
      { authorization: `Bearer sk_${"0".repeat(64)}` },
      { authorization: `Bearer ${base64({ alg: "none", typ: "JWT" })}.${payload}.` },
      {
        authorization: `Bearer ${header}.${claims}.${signature}`,
      },
      { authorization: `Bearer ${user.refreshToken}` },
      { cookie: `session=${user.token}` },
      { "x-user-id": user.userId, "x-forwarded-user": user.userId },
    ];
    const wrong: unknown[] = [];
    await forEachConcurrently(guarded(), async (route) => {
      for (const headers of credentials) {
        const { status, code } = await sendRequest(route, undefined, headers);
        if (status !== 401 || code === null) wrong.push([route.name, headers, status, code]);
      }
    });
    expect(wrong).toEqual([]);
  });

  it("comes with the token or key of a user who was erased is 401", async () => {
    const user = await signUp();
    const key = await createKey(user);
    const erased = await call("DELETE", "/api/users/me", {
      token: user.token,
      body: { currentPassword: user.password },
    });
    expect(erased.status).toBe(204);
    const wrong: unknown[] = [];
    await forEachConcurrently(forUsers(), async (route) => {
      for (const token of [user.token, key]) {
        const refusal = await sendRequest(route, token);
        // It describes keys, and tells a token nothing.
        if (route.name === "GET /v1/key" && token === user.token) continue;
        // A key is told that it may not before it is looked up.
        const isRightOfKey =
          token === key &&
          refusal.status === 403 &&
          (SESSION_ONLY.has(route.name) || isAdmin(route));
        if (refusal.status !== 401 && !isRightOfKey)
          wrong.push([route.name, token === key ? "key" : "token", refusal]);
      }
    });
    expect(wrong).toEqual([]);
  });

  it("is for admins is 403 for anybody else, and for an admin's key", async () => {
    const user = await signUp();
    const tokens = [user.token, await createKey(user), await createKey(admin)];
    const wrong: unknown[] = [];
    await forEachConcurrently(guarded().filter(isAdmin), async (route) => {
      for (const token of tokens) {
        const { status, code } = await sendRequest(route, token);
        if (status !== 403 || code !== "admin_only") wrong.push([route.name, status, code]);
      }
    });
    expect(wrong).toEqual([]);
  });
});

describe("a suspended user", () => {
  const suspend = async (userId: string) => {
    const body = { reason: "Swept." };
    const path = `/api/admin/users/${userId}/suspend`;
    const suspended = await call("POST", path, { token: admin.token, body });
    expect(suspended.status).toBe(200);
  };

  it("reads and deletes, and is 403 on every other route, by a session and a key", async () => {
    standInStripe();
    const user = await signUp();
    const key = await createKey(user, {
      ...BILLING_KEY,
      scopes: ["chat", "read", "write", "billing"],
    });
    await suspend(user.userId);
    const wrong: unknown[] = [];
    await forEachConcurrently(
      forUsers().filter((route) => !isAdmin(route)),
      async (route) => {
        const { method, name } = route;
        const isOpen = method === "GET" || method === "DELETE" || OPEN_WHILE_SUSPENDED.has(name);
        for (const token of SESSION_ONLY.has(name) ? [user.token] : [user.token, key]) {
          const { status, code } = await sendRequest(route, token);
          const isRefused = status === 403 && code === "account_suspended";
          if (isRefused === isOpen) wrong.push([name, token === key ? "key" : "token", code]);
        }
      },
    );
    expect(wrong).toEqual([]);
  });

  it("is 403 on every route of admins, though an admin", async () => {
    const user = await signUp();
    await call("PATCH", `/api/admin/users/${user.userId}`, {
      token: admin.token,
      body: { role: "admin" },
    });
    await suspend(user.userId);
    const wrong: unknown[] = [];
    await forEachConcurrently(guarded().filter(isAdmin), async (route) => {
      const { status, code } = await sendRequest(route, user.token);
      if (status !== 403 || code !== "account_suspended") wrong.push([route.name, status, code]);
    });
    expect(wrong).toEqual([]);
  });
});

describe("a key", () => {
  it("is 403 without the scope that a route asks for, and gets further with it alone", async () => {
    standInStripe();
    standInModel();
    const user = await signUp();
    const wrong: unknown[] = [];
    await forEachConcurrently(
      forUsers().filter((route) => !isAdmin(route) && !SESSION_ONLY.has(route.name)),
      async (route) => {
        const scope = scopeOf(route);
        const others = ["chat", "read", "write", "billing"].filter((one) => one !== scope);
        const lacking = await sendRequest(route, await keyWith(user, others));
        const isRefused =
          lacking.status === 403 && lacking.code === "missing_scope" && lacking.param === scope;
        if (isRefused !== (scope !== null)) wrong.push([route.name, "without", scope, lacking]);
        const having = await sendRequest(
          route,
          await keyWith(user, scope === null ? ["chat"] : [scope]),
        );
        if (having.status === 401 || having.status === 403 || having.status >= 500)
          wrong.push([route.name, "with", scope, having]);
      },
    );
    expect(wrong).toEqual([]);
  });

  it("with all other scopes moves no money, by any route", async () => {
    const stripe = standInStripe();
    const key = await createKey(await signUp(), { scopes: ["chat", "read", "write"] });
    const payments = guarded().filter((route) => isPayment(route) && !isAdmin(route));
    expect(payments.length).toBeGreaterThan(15);
    for (const route of payments)
      expect([route.name, await sendRequest(route, key)]).toEqual([
        route.name,
        expect.objectContaining({ status: 403, code: "missing_scope" }),
      ]);
    expect((await stripe.client.customers.list()).data).toEqual([]);
  });

  it("is 403 where only a management key may do something, as an admin's session is", async () => {
    const [route] = guarded().filter(({ name }) => name === MANAGEMENT_ONLY);
    if (route === undefined) throw new Error(`There is no ${MANAGEMENT_ONLY}.`);
    for (const token of [await createKey(await signUp()), admin.token]) {
      const refusal = await sendRequest(route, token);
      expect(refusal).toMatchObject({ status: 403, code: "missing_scope" });
    }
  });

  it("is 403 where only a person may do something", async () => {
    const user = await signUp();
    const key = await createKey(user);
    for (const route of guarded().filter(({ name }) => SESSION_ONLY.has(name))) {
      expect([route.name, await sendRequest(route, key)]).toEqual([
        route.name,
        expect.objectContaining({ status: 403, code: "missing_scope" }),
      ]);
    }
  });
});

const keys = new Map<string, Promise<string>>();

/** A key of a user with these scopes: made once. */
function keyWith(user: TestUser, scopes: readonly string[]): Promise<string> {
  const name = `${user.userId}/${scopes.join()}`;
  const key =
    keys.get(name) ??
    createKey(user, { ...(scopes.includes("billing") ? BILLING_KEY : {}), scopes });
  keys.set(name, key);
  return key;
}

it("what is public answers without a token", async () => {
  const routes = sweptRoutes();
  const names = new Set(routes.map(({ name }) => name));
  for (const list of [PUBLIC, SESSION_ONLY, CHAT, MOVES_MONEY, OPEN_WHILE_SUSPENDED])
    expect([...list].filter((name) => !names.has(name))).toEqual([]);
  for (const route of routes.filter(({ name, method }) => PUBLIC.has(name) && method === "GET")) {
    expect([200, 404]).toContain((await sendRequest(route)).status);
  }
});
