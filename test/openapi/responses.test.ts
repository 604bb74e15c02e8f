import { runDurableObjectAlarm } from "cloudflare:test";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { contractedRoutes } from "../contract/routes.ts";
import { accountObject } from "../support/account.ts";
import { agentBody, createAgent } from "../support/agents.ts";
import { signUpFundedUser } from "../support/funded-user.ts";
import { MailWorker } from "../support/mail-worker.ts";
import { createManagementKey } from "../support/management.ts";
import { standInModel } from "../support/model.ts";
import {
  crawl,
  idsInResponses,
  oneIdPerPrefix,
  signUpOwnerOfEverything,
} from "../support/owner.ts";
import { loadShopCatalog } from "../support/shop.ts";
import { createKey, signUp, type TestUser } from "../support/sign-up.ts";
import { standInStripe } from "../support/stripe.ts";
import { createSubscriptionPlans } from "../support/subscriber.ts";
import { fillPath, forEachConcurrently, send } from "../support/sweep.ts";

vi.setConfig({ testTimeout: 600_000 });

let admin: TestUser;
beforeAll(async () => {
  await loadShopCatalog();
  admin = await signUp("admin@farebox.test");
});

/** The routes by their names without patterns of parameters: `GET /v1/models/:id`. */
const documented = contractedRoutes
  .filter(({ path }) => !/^\/(api\/characters|webhook|stripe)\b/.test(path))
  .map((route) => ({ ...route, name: route.name.replaceAll(/\{[^}]*\}/g, "") }));

/** Returns how an answer differs from what its route declares; undefined when it does not. */
function findMismatch(name: string, json: unknown): string | undefined {
  const answer = documented.find((route) => route.name === name)?.description.answer;
  if (answer == null) return `${name} declares no answer`;
  const { error } = answer.safeParse(json);
  return error === undefined ? undefined : `${name}: ${error.message}`;
}

/** Returns whether an answer holds anything that could differ: a list may be empty. */
const hasSomething = (json: unknown): boolean => {
  const data: unknown = Object(json).data ?? Object(json).days;
  return !Array.isArray(data) || data.length > 0;
};

describe("the answer that a route declares", () => {
  it("is there for every route whose success has a body, and for no other", () => {
    const wrong = documented.filter(
      ({ description: { answer, status } }) => (answer === null) !== (status === 204),
    );
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });

  it("is what is read: these fields, and no others", async () => {
    const stripe = standInStripe();
    standInModel();
    const { owner, unlisted } = await signUpOwnerOfEverything(stripe);
    await createAgent(owner, { visibility: "listed", priceMinor: 500, currency: "usd" });
    const seen = await crawl(owner, ["me", ...unlisted]);
    await createManagementKey(["read"], {}, admin);
    await send("PUT", "/api/customers/me", { token: admin.token, body: { name: "Ada" } });
    const key = await createKey(owner);
    const buyer = await signUp();
    const listed = await (await send("GET", "/api/marketplace")).json<{ data: { id: string }[] }>();
    const bought = await send("POST", `/api/agents/${listed.data[0]?.id}/purchase`, {
      token: buyer.token,
      body: {},
    });
    await stripe.pay((await bought.json<{ url: string }>()).url);
    await stripe.control.flush();
    await runDurableObjectAlarm(accountObject(owner.userId));
    await new MailWorker().post("/api/auth/forgot-password", { email: owner.email });
    const ids = ["me", "t-pro", "small", ...oneIdPerPrefix([...idsInResponses(seen), ...unlisted])];
    const events = await (await send("GET", "/api/admin/events", { token: admin.token })).json<{
      data: { id: string }[];
    }>();
    const wrong = new Set<string>();
    const told = new Set<string>();
    await forEachConcurrently(
      documented.filter(({ method }) => method === "GET"),
      async ({ path, name }) => {
        const wanted = path.includes(":")
          ? [...ids, ...(events.data[0] === undefined ? [] : [events.data[0].id])]
          : ["me"];
        // What a buyer sees is another thing of agents alone.
        const owners = path.startsWith("/api/agents/") ? [owner.token, buyer.token] : [owner.token];
        const tokens = /^\/api\/(admin\/|customers\b)/.test(path)
          ? [admin.token]
          : path === "/v1/key"
            ? [key]
            : owners;
        for (const token of tokens) {
          for (const id of wanted) {
            const response = await send(
              "GET",
              fillPath(path, () => id),
              { token },
            );
            const json: unknown = await response.json();
            if (response.status !== 200) continue;
            const difference = findMismatch(name, json);
            if (difference !== undefined) wrong.add(difference);
            if (hasSomething(json)) told.add(name);
          }
        }
      },
    );
    expect([...wrong]).toEqual([]);
    const names = new Set(
      documented.filter(({ method }) => method === "GET").map(({ name }) => name),
    );
    // A key shown once, one chat, a search, a shipped catalog and invoices have tests of their own.
    // Nothing is disputed or otherwise than at Stripe, and nobody signs in by a provider here.
    expect([...names].filter((name) => !told.has(name))).toEqual([
      "GET /api/auth/providers",
      "GET /api/admin/drift",
      "GET /api/admin/disputes",
      "GET /api/admin/search",
      "GET /v1/generation",
      "GET /api/admin/invoices/:id",
      "GET /api/admin/setup/catalogs/:name",
      "GET /api/orders/:id/api-key",
      "GET /api/invoices/:id",
      "GET /api/usage/chats/:id",
      "GET /v1/generation/:id/content",
    ]);
  });

  it("is what is answered to whoever writes", async () => {
    const stripe = standInStripe();
    standInModel();
    const who = await signUpFundedUser(5);
    // Plans that no other Stripe has heard of.
    const { pro } = await createSubscriptionPlans();
    const wrong: string[] = [];
    /** Sends a write, and looks at its answer; gives it on. */
    const write = async (
      name: string,
      body?: unknown,
      values: Record<string, string> = {},
      user: TestUser = who,
    ) => {
      const [method = "", path = ""] = name.split(" ");
      const options = { token: user.token, ...(body === undefined ? {} : { body }) };
      const response = await send(
        method,
        fillPath(path, (param) => values[param] ?? "me"),
        options,
      );
      const text = await response.text();
      if (response.status >= 300) throw new Error(`${name} answered ${response.status}: ${text}`);
      const difference = findMismatch(name, JSON.parse(text));
      if (difference !== undefined) wrong.push(difference);
      return JSON.parse(text);
    };
    const { email, password } = who;
    const { refreshToken } = await write("POST /api/auth/login", { email, password });
    await write("POST /api/auth/refresh", { refreshToken });
    await write("POST /api/auth/register", { email: `x${email}`, password });
    await write("PATCH /api/users/:userId", { name: "Ada" });
    const { id: keyId } = await write("POST /api/api-keys", {
      name: "x",
      budget: { credits: 1, period: "day" },
    });
    await write("DELETE /api/api-keys/:keyId", undefined, { keyId });

    const { url } = await write("POST /api/checkout", { planId: "t-pack" });
    const { data } = await (await send("GET", "/api/stripe-sessions", { token: who.token })).json<{
      data: { id: string }[];
    }>();
    await write(
      "PATCH /api/stripe-sessions/:id/status",
      { status: "canceled" },
      { id: data[0]?.id ?? "" },
    );
    expect(url).toBeTruthy();
    await write("POST /api/payments/customers", {});
    await write("PATCH /api/payments/customers/:userId", {
      address: { line1: "1 Main Street", country: "US" },
    });
    const methods = "/api/payments/customers/:userId/payment-methods";
    const { id: pmId } = await write(`POST ${methods}`, { paymentMethodId: "pm_card_visa" });
    await write(`POST ${methods}/:pmId/default`, undefined, { pmId });
    const { id: intent } = await write("POST /api/payments/payment-intents", { planId: "t-pack" });
    const paid = await write(
      "POST /api/payments/payment-intents/:id/confirm",
      { paymentMethodId: pmId },
      { id: intent },
    );
    await stripe.control.flush();
    await write("POST /api/payments/refunds", { orderId: paid.orderId }, {}, admin);
    const { id } = await write("POST /api/payments/subscriptions", {
      planId: pro,
      paymentMethodId: pmId,
    });
    await stripe.control.flush();
    await write("POST /api/subscription/cancel");
    await write("POST /api/subscription/resume");
    await write("POST /api/subscription/change", { planId: pro, quantity: 2, preview: true });
    await write("POST /api/subscription/change", { planId: pro, quantity: 2 });
    await write("PATCH /api/payments/subscriptions/:id", { cancelAtPeriodEnd: true }, { id });
    await write("POST /api/billing/portal", {});
    await write("DELETE /api/payments/subscriptions/:id", undefined, { id });
    await write(`DELETE ${methods}/:pmId`, undefined, { pmId });

    const agent = await write("POST /api/agents", agentBody());
    await write("PATCH /api/agents/:id", { name: "Bea" }, { id: agent.id });
    const turn = await write("POST /api/chat", { message: "Hi", model: "large" });
    await write("POST /api/agents/:id/messages", { message: "Hi" }, { id: agent.id });
    await write("POST /api/conversations", { title: "x", model: "large" });
    await write("PATCH /api/conversations/:id", { title: "y" }, { id: turn.conversationId });
    await write(
      "POST /api/conversations/:id/messages",
      { message: "Hi" },
      { id: turn.conversationId },
    );
    await write("POST /v1/chat/completions", {
      model: "large",
      messages: [{ role: "user", content: "Hi" }],
    });

    await write("POST /v1/responses", { model: "large", input: "Hi" });
    await write("POST /v1/completions", { model: "large", prompt: "Hi" });

    const plan = {
      slug: "told",
      name: "Told",
      kind: "one_time",
      credits: 1,
      prices: [{ currency: "usd", amountMinor: 100 }],
    };
    await write("POST /api/admin/plans", plan, {}, admin);
    await write("PATCH /api/admin/plans/:idOrSlug", { name: "x" }, { idOrSlug: "told" }, admin);
    await write("DELETE /api/admin/plans/:idOrSlug", undefined, { idOrSlug: "told" }, admin);
    const model = {
      id: "told",
      upstream: "local",
      upstreamModel: "x",
      inputPrice: 1,
      outputPrice: 1,
      contextLength: 1000,
    };
    await write("POST /api/admin/models", model, {}, admin);
    await write("PATCH /api/admin/models/:id", { inputPrice: 2 }, { id: "told" }, admin);
    await write("DELETE /api/admin/models/:id", undefined, { id: "told" }, admin);
    await write("PATCH /api/admin/users/:userId", { role: "user" }, { userId: who.userId }, admin);
    await write(
      "POST /api/admin/users/:userId/grants",
      { credits: 1, reason: "x" },
      { userId: who.userId },
      admin,
    );
    await write(
      "POST /api/admin/users/:userId/grants",
      { credits: -1, reason: "x" },
      { userId: who.userId },
      admin,
    );
    await write("PATCH /api/admin/brand", { accent: "#0b6b4f" }, {}, admin);
    await write("POST /api/admin/catalog/push", undefined, {}, admin);
    await write("POST /api/admin/reconcile", undefined, {}, admin);
    await write(
      "POST /api/admin/drift/:subjectId/heal",
      undefined,
      { subjectId: paid.orderId },
      admin,
    );
    const { data: events } = await (
      await send("GET", "/api/admin/events", { token: admin.token })
    ).json<{
      data: { id: string }[];
    }>();
    await write("POST /api/admin/events/:id/replay", undefined, { id: events[0]?.id ?? "" }, admin);
    const { key } = await createManagementKey(["users", "sessions"], {}, admin);
    const backend = { ...admin, token: key };
    const customer = { externalId: "written" };
    await write("PUT /api/customers/:externalId", { email: "a@crm.test" }, customer, backend);
    await write("PUT /api/customers/:externalId", { name: "Ada" }, customer, backend);
    await write("POST /api/sessions", customer, {}, backend);
    await write("POST /api/admin/management-keys", { name: "x", scopes: ["read"] }, {}, admin);
    expect(wrong).toEqual([]);
  });
});
