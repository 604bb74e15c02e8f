import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { call } from "../support/call.ts";
import { fakeNetwork } from "../support/fake-network.ts";
import {
  DELIVERED_STATE,
  loadShopCatalog,
  openPaidSale,
  openSale,
  readUserState,
} from "../support/shop.ts";
import { buildEvent, COMPLETED, deliverEvent, signDelivery } from "../support/webhook.ts";

beforeAll(loadShopCatalog);

const inboxRow = async (eventId: string) =>
  await env.DB.prepare("select status, attempts, last_error from stripe_events where id = ?")
    .bind(eventId)
    .first<{ status: string; attempts: number; last_error: string | null }>();

describe("the inbox", () => {
  it("does not handle a processed event again", async () => {
    const { stripe, user, sessionId } = await openPaidSale();
    const event = buildEvent(COMPLETED, sessionId);
    await deliverEvent(event);
    let requests = 0;
    fakeNetwork.standIn("stripe.test", (request) => {
      requests += 1;
      return stripe.fetch(request);
    });
    expect((await deliverEvent(event)).status).toBe(200);
    expect(requests).toBe(0);
    expect(await inboxRow(event.id)).toEqual({
      status: "processed",
      attempts: 1,
      last_error: null,
    });
    expect(await readUserState(user)).toMatchObject(DELIVERED_STATE);
  });

  it("marks an event of another type as ignored", async () => {
    const event = buildEvent("customer.created", "cus_1");
    const answer = await deliverEvent(event);
    expect([answer.status, await answer.json()]).toEqual([200, { received: true }]);
    expect(await inboxRow(event.id)).toMatchObject({ status: "ignored" });
    for (const type of ["toString", "__proto__", "constructor"])
      expect((await deliverEvent(buildEvent(type, "x"))).status).toBe(200);
  });

  it("marks an event about another's session as ignored, and gives nothing for it", async () => {
    const { stripe, user } = await openSale();
    const { data } = await (await call("GET", "/api/orders", { token: user.token })).json<{
      data: { id: string }[];
    }>();
    // A payment link's visitor could do this: they choose the reference, but not the metadata.
    const foreign = await stripe.client.checkout.sessions.create({
      mode: "payment",
      client_reference_id: data[0]?.id ?? "",
      line_items: [
        {
          quantity: 1,
          price_data: {
            currency: "usd",
            unit_amount: 999,
            product_data: { name: "Something else" },
          },
        },
      ],
      success_url: "http://elsewhere.test/",
    });
    await stripe.pay(foreign.url ?? "");
    const event = buildEvent(COMPLETED, foreign.id);
    expect((await deliverEvent(event)).status).toBe(200);
    expect(await inboxRow(event.id)).toMatchObject({ status: "ignored" });
    expect(await readUserState(user)).toMatchObject({
      creditBalance: 0,
      orders: [{ status: "pending" }],
    });
  });

  it("I12: keeps why an event failed, without secrets, until it is processed", async () => {
    const { stripe, user, sessionId } = await openPaidSale();
    const event = buildEvent(COMPLETED, sessionId);
    const error = {
      type: "invalid_request_error",
      message: "Invalid API Key provided: sk_test_****ocal",
    };
    fakeNetwork.standIn("stripe.test", () => Response.json({ error }, { status: 401 }));
    const logged = vi.spyOn(console, "error").mockImplementation(() => undefined);
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      const refused = await deliverEvent(event);
      expect(refused.status).toBe(500);
      expect(await refused.text()).not.toContain("sk_test");
      const row = await inboxRow(event.id);
      expect(row).toMatchObject({
        status: "failed",
        attempts: attempt,
        last_error: expect.stringContaining("STRIPE_SECRET_KEY"),
      });
      expect(row?.last_error).not.toContain("sk_test");
    }
    expect(JSON.stringify(logged.mock.calls)).toContain(event.id);
    expect(JSON.stringify(logged.mock.calls)).not.toContain("sk_test");
    logged.mockRestore();
    fakeNetwork.standIn("stripe.test", stripe.fetch);
    expect((await deliverEvent(event)).status).toBe(200);
    expect(await inboxRow(event.id)).toEqual({
      status: "processed",
      attempts: 3,
      last_error: null,
    });
    expect(await readUserState(user)).toMatchObject(DELIVERED_STATE);
  });
});

describe("the webhook", () => {
  it.each(["/api/webhooks/stripe", "/webhook/stripe", "/stripe/webhook"])(
    "answers at %s",
    async (path) => {
      const { user, sessionId } = await openPaidSale();
      expect((await deliverEvent(buildEvent(COMPLETED, sessionId), path)).status).toBe(200);
      expect(await readUserState(user)).toMatchObject(DELIVERED_STATE);
    },
  );

  it("refuses a delivery without a valid signature with 400, and keeps nothing of it", async () => {
    const { user, sessionId } = await openPaidSale();
    const event = buildEvent(COMPLETED, sessionId);
    const forged = await signDelivery(event, undefined, "whsec_forged");
    const unsigned = await call("POST", "/api/webhooks/stripe", { body: event });
    const misused = await call("POST", "/api/webhooks/stripe", {
      body: event,
      headers: Object.fromEntries(forged.headers),
    });
    for (const answer of [unsigned, misused]) {
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({
        error: { code: "invalid_signature", param: "stripe-signature" },
      });
    }
    expect(await inboxRow(event.id)).toBeNull();
    expect(await readUserState(user)).toMatchObject({ creditBalance: 0 });
  });

  it("refuses an event of the live side with 400, naming the field", async () => {
    const answer = await deliverEvent(buildEvent(COMPLETED, "cs_1", { livemode: true }));
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      error: { code: "invalid_request", param: "livemode" },
    });
  });

  it.each(["/api/webhooks/stripe", "/webhook/stripe", "/stripe/webhook"])(
    "does not read a body of 10 MB at %s",
    async (path) => {
      const answer = await deliverEvent(
        buildEvent(COMPLETED, "cs_1", { padding: "x".repeat(10_000_000) }),
        path,
      );
      expect(answer.status).toBe(413);
      expect(await answer.json()).toMatchObject({ error: { code: "body_too_large" } });
    },
  );

  it("finds the order of a session whose id was never stored", async () => {
    const { user, sessionId } = await openPaidSale();
    await env.DB.prepare(
      "update checkout_sessions set stripe_id = null, url = null where stripe_id = ?",
    )
      .bind(sessionId)
      .run();
    expect((await deliverEvent(buildEvent(COMPLETED, sessionId))).status).toBe(200);
    expect(await readUserState(user)).toMatchObject(DELIVERED_STATE);
  });
});
