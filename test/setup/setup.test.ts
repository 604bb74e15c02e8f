import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import worker from "../../src/index.ts";
import type { SetupView, TestResultView } from "../../src/setup/wire.ts";
import { adminUser, callAsAdmin } from "../support/admin.ts";
import { readError } from "../support/call.ts";
import { loadDefaultCatalog } from "../support/catalog.ts";
import { fakeNetwork } from "../support/fake-network.ts";
import { standInModel } from "../support/model.ts";
import { standInStripe, type TestStripe } from "../support/stripe.ts";

const ROUTE = "/api/admin/setup";

let stripe: TestStripe;
beforeEach(async () => {
  await loadDefaultCatalog();
  stripe = standInStripe();
});

const show = async () => await (await callAsAdmin("GET", ROUTE)).json<SetupView>();
const post = (path: string, body: object = {}) => callAsAdmin("POST", `${ROUTE}${path}`, body);

describe("the set-up", () => {
  it("shows whose Stripe account it is, and what is still to do", async () => {
    const {
      isComplete,
      stripe: account,
      webhook,
      portal,
      upstreams,
      catalog,
      mail,
      sale,
    } = await show();
    expect(isComplete).toBe(false);
    expect(account).toEqual({
      state: "done",
      problem: null,
      accountName: "Local Stripe",
      mode: "test",
    });
    expect([webhook.state, portal.state, mail.state, sale.state]).toEqual(
      Array.from({ length: 4 }, () => "todo"),
    );
    expect(catalog).toMatchObject({ state: "done", unknownUpstreams: [] });
    expect(upstreams.filter(({ models }) => models.length > 0)).toMatchObject([
      { name: "local", state: "todo", models: ["large", "medium", "small"] },
    ]);
  });

  it("says that Stripe does not know the key, and that it cannot be reached", async () => {
    stripe.control.nextRequests({ answer: 500, path: "/v1/account", times: 9 });
    expect((await show()).stripe).toMatchObject({ state: "failed", accountName: null });
  });

  it("names the upstreams that models need and the settings lack", async () => {
    const shown = await callAsAdmin("GET", `${ROUTE}/catalogs/credits`);
    const { catalog } = await shown.json<{ catalog: { models: { id: string }[] } }>();
    const models = catalog.models.map((model) => ({ ...model, upstream: "gone" }));
    expect((await post("/catalog", { catalog: { ...catalog, models } })).status).toBe(200);
    expect((await show()).catalog).toMatchObject({ state: "failed", unknownUpstreams: ["gone"] });
  });

  it("shows no secret, not even to admins", async () => {
    await post("/webhook");
    const { refreshToken: _, ...admin } = await adminUser();
    const text = await (await callAsAdmin("GET", ROUTE)).text();
    for (const secret of ["sk_test_local", "whsec_", "upstream-key", admin.password])
      expect(text).not.toContain(secret);
  });
});

describe("the webhook", () => {
  it("is created with our events and version, and its secret counts", async () => {
    const created = await post("/webhook");
    expect(created.status).toBe(200);
    const { endpointId } = await created.json<{ endpointId: string }>();
    expect((await show()).webhook).toMatchObject({
      state: "todo",
      endpointId,
      fault: null,
      missingEvents: [],
      url: "http://farebox.test/api/webhooks/stripe",
    });
    const customer = await stripe.client.products.create({ name: "Seen" });
    const endpoint = stripe.control.snapshot().webhookEndpoints[endpointId];
    const body = JSON.stringify({
      id: "evt_sealed",
      type: "product.created",
      created: 1,
      livemode: false,
      data: { object: { id: customer.id } },
    });
    const signature = await stripe.client.webhooks.generateTestHeaderStringAsync({
      payload: body,
      secret: endpoint?.secret ?? "",
    });
    const request = new Request("http://farebox.test/api/webhooks/stripe", {
      method: "POST",
      headers: { "content-type": "application/json", "stripe-signature": signature },
      body,
    });
    // The secret of the settings is another one.
    const bindings = { ...env, STRIPE_WEBHOOK_SECRET: "" };
    const answer = await worker.fetch(request, bindings, createExecutionContext());
    expect(answer.status).toBe(200);
    expect((await show()).webhook).toMatchObject({ state: "done" });
    expect((await show()).webhook.lastEventAt).not.toBeNull();
  });

  it("is repaired, and not created twice", async () => {
    const { endpointId } = await (await post("/webhook")).json<{ endpointId: string }>();
    await stripe.client.webhookEndpoints.update(endpointId, {
      enabled_events: ["invoice.paid"],
      disabled: true,
    });
    expect((await show()).webhook).toMatchObject({ state: "failed", fault: "disabled" });
    await stripe.client.webhookEndpoints.update(endpointId, { disabled: false });
    const { webhook } = await show();
    expect([webhook.fault, webhook.missingEvents.length > 20]).toEqual(["events", true]);
    expect(await (await post("/webhook")).json()).toEqual({ endpointId });
    expect((await show()).webhook).toMatchObject({ fault: null, missingEvents: [] });
    expect((await stripe.client.webhookEndpoints.list()).data).toHaveLength(1);
  });

  it("that the operator made is left alone", async () => {
    const own = await stripe.client.webhookEndpoints.create({
      url: "http://farebox.test/webhook/stripe",
      enabled_events: ["*"],
    });
    expect((await show()).webhook).toMatchObject({ endpointId: own.id, fault: null });
    await post("/webhook");
    const { data } = await stripe.client.webhookEndpoints.list();
    expect(data.map(({ id }) => id)).toContain(own.id);
    expect(data).toHaveLength(2);
  });

  it("is refused for an address that Stripe cannot reach, or without Stripe", async () => {
    const request = new Request(`http://localhost${ROUTE}/webhook`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${(await adminUser()).token}`,
        "content-type": "application/json",
      },
      body: "{}",
    });
    const bindings = { ...env, PUBLIC_URL: "http://localhost:8787" };
    const answer = await worker.fetch(request, bindings, createExecutionContext());
    // The token names another issuer, or the address is refused.
    expect([401, 409]).toContain(answer.status);
    stripe.control.nextRequests({ answer: 500, path: "/v1/webhook_endpoints", times: 9 });
    expect((await readError(await post("/webhook"))).code).toBe("billing_unavailable");
  });
});

describe("the customer portal", () => {
  it("is not set up while Stripe is down", async () => {
    stripe.control.nextRequests({ answer: 500, path: "/v1/", times: 20 });
    const { status, code } = await readError(await post("/portal"));
    stripe.control.clearSwitches();
    expect([status, code]).toEqual([503, "billing_unavailable"]);
  });

  it("is set up, once", async () => {
    const first = await (await post("/portal")).json();
    expect(await (await post("/portal")).json()).toEqual(first);
    expect((await show()).portal).toEqual({ state: "done", problem: null });
    expect((await stripe.client.billingPortal.configurations.list()).data).toHaveLength(1);
  });

  it("says when Stripe cannot be reached", async () => {
    stripe.control.nextRequests({
      answer: 500,
      path: "/v1/billing_portal/configurations",
      times: 99,
    });
    expect((await show()).portal.state).toBe("failed");
  });
});

describe("an upstream", () => {
  it("is asked for a few tokens, and the result is kept", async () => {
    const model = standInModel();
    const tested = await (await post("/upstreams/local/test")).json<TestResultView>();
    expect(tested).toEqual({ isOk: true, problem: null });
    expect((await show()).upstreams[0]).toMatchObject({ state: "done", problem: null });
    expect(JSON.stringify(model)).toBeDefined();
  });

  it.each(["messages", "responses"])("is asked in its dialect: %s", async (name) => {
    standInModel();
    const test = async (model: string) =>
      await (await post(`/upstreams/${name}/test`, { model })).json();
    expect(await test("small")).toEqual({ isOk: true, problem: null });
    expect(await test("none")).toMatchObject({
      isOk: false,
      problem: expect.stringMatching(/^404/),
    });
  });

  it("that refuses says so in its own words, without the key", async () => {
    fakeNetwork.standIn("model.test", (request: Request) =>
      Response.json(
        { error: { message: `Incorrect key ${request.headers.get("authorization")}` } },
        { status: 401 },
      ),
    );
    const tested = await (await post("/upstreams/local/test")).json<TestResultView>();
    expect(tested.isOk).toBe(false);
    expect(tested.problem).toMatch(/^401 Incorrect key Bearer \[…\]/);
    expect((await show()).upstreams[0]).toMatchObject({ state: "failed" });
  });

  it("that is not in the settings is 404; a model of it has to be sold, or named", async () => {
    expect(await readError(await post("/upstreams/none/test"))).toMatchObject({ status: 404 });
    for (const id of ["small", "medium", "large"])
      await callAsAdmin("DELETE", `/api/admin/models/${id}`);
    expect(await readError(await post("/upstreams/local/test"))).toEqual({
      status: 400,
      code: "invalid_request",
      param: "model",
    });
    standInModel();
    expect((await post("/upstreams/local/test", { model: "small" })).status).toBe(200);
  });
});

describe("mails", () => {
  const withMail = { ...env, MAIL_FROM: "Shop <shop@farebox.test>", RESEND_API_KEY: "re_1" };
  const send = async (bindings: object) => {
    const request = new Request(`http://farebox.test${ROUTE}/mail/test`, {
      method: "POST",
      headers: { authorization: `Bearer ${(await adminUser()).token}` },
    });
    return await worker.fetch(request, { ...env, ...bindings }, createExecutionContext());
  };

  it("cannot be tested where none are set up", async () => {
    expect(await readError(await post("/mail/test"))).toEqual({
      status: 409,
      code: "conflict",
      param: "MAIL_FROM",
    });
  });

  it("are sent to the admin who asks, and a refusal is shown", async () => {
    const sent: unknown[] = [];
    let isRefused = false;
    fakeNetwork.standIn("api.resend.com", async (request: Request) => {
      sent.push(await request.json());
      return isRefused
        ? Response.json({ name: "validation_error", message: "not verified" }, { status: 403 })
        : Response.json({ id: "mail_1" });
    });
    expect(await (await send(withMail)).json()).toEqual({ isOk: true, problem: null });
    expect(sent).toMatchObject([{ to: ["admin@farebox.test"] }]);
    isRefused = true;
    expect(await (await send(withMail)).json()).toEqual({
      isOk: false,
      problem: "Resend answered 403 validation_error: not verified",
    });
  });
});

describe("a catalog", () => {
  it.each(["default", "saas", "credits", "conversations", "characters", "design"])(
    "that comes with Farebox is shown, and can be loaded as it is: %s",
    async (name) => {
      const shown = await callAsAdmin("GET", `${ROUTE}/catalogs/${name}`);
      const { catalog } = await shown.json<{ catalog: { plans: unknown[] } }>();
      const loaded = await post("/catalog", { catalog, only: true });
      expect(loaded.status).toBe(200);
      expect(await loaded.json()).toMatchObject({ plans: catalog.plans.length });
      expect((await show()).catalog.state).toBe("done");
    },
  );

  it("that nobody knows is 404, and a wrong one names the field", async () => {
    const unknown = await callAsAdmin("GET", `${ROUTE}/catalogs/mine`);
    expect(await readError(unknown)).toMatchObject({ status: 404, code: "not_found" });
    const plans = [{ slug: "free", name: "Free", kind: "free", colour: "red" }];
    const wrong = await readError(await post("/catalog", { catalog: { plans, models: [] } }));
    expect(wrong).toMatchObject({ status: 400, code: "invalid_request" });
    expect(wrong.param).toMatch(/^catalog\.plans\.0/);
  });

  it("with which nobody could sign up is refused; loading one is in the audit log", async () => {
    const refused = await post("/catalog", { catalog: { plans: [], models: [] }, only: true });
    expect(await readError(refused)).toMatchObject({ status: 409, param: "catalog.plans" });
    const log = await callAsAdmin("GET", "/api/admin/audit?action=catalog.loaded");
    const { data } = await log.json<{ data: { action: string }[] }>();
    expect(data[0]).toMatchObject({ action: "catalog.loaded", after: { only: true } });
  });
});

describe("health", () => {
  const ask = (path: string, changed: object = {}) =>
    worker.fetch(
      new Request(`http://farebox.test${path}`),
      { ...env, ...changed },
      createExecutionContext(),
    );

  it("says that the Worker runs", async () => {
    expect(await (await ask("/health")).json()).toEqual({ status: "ok" });
  });

  it("says that everything is ready once the cron has run, and what is not", async () => {
    const early = await ask("/health/ready");
    expect([early.status, await early.json()]).toMatchObject([
      503,
      { status: "failed", checks: { database: "ok", migrations: "ok", cron: "failed" } },
    ]);
    await worker.scheduled({ scheduledTime: 0, cron: "", noRetry: () => undefined }, env);
    const ready = await ask("/health/ready");
    expect([ready.status, await ready.json()]).toMatchObject([200, { status: "ok" }]);
    expect(ready.headers.get("cache-control")).toContain("no-store");
  });

  it("never says why", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const broken = { prepare: () => ({ bind: () => ({}) }) };
    const answer = await ask("/health/ready", { DB: broken });
    expect(await answer.text()).not.toMatch(/Error|TypeError|prepare/);
    log.mockRestore();
  });
});
