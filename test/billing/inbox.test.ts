import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { call } from "../support/call.ts";
import { outside } from "../support/outside.ts";
import { DELIVERED, openSale, openShop, paidSale, stateOf } from "../support/shop.ts";
import { COMPLETED, deliver, eventAbout, signedDelivery } from "../support/webhook.ts";

beforeAll(openShop);

const inboxRow = async (eventId: string) =>
  await env.DB.prepare("select status, attempts, last_error from stripe_events where id = ?")
    .bind(eventId)
    .first<{ status: string; attempts: number; last_error: string | null }>();

describe("the inbox", () => {
  it("an event that was processed is not worked on again", async () => {
    const { stripe, user, sessionId } = await paidSale();
    const event = eventAbout(COMPLETED, sessionId);
    await deliver(event);
    let asked = 0;
    outside.standIn("stripe.test", (request) => {
      asked += 1;
      return stripe.fetch(request);
    });
    expect((await deliver(event)).status).toBe(200);
    expect(asked).toBe(0);
    expect(await inboxRow(event.id)).toEqual({
      status: "processed",
      attempts: 1,
      last_error: null,
    });
    expect(await stateOf(user)).toMatchObject(DELIVERED);
  });

  it("notes an event of another type as ignored", async () => {
    const event = eventAbout("customer.created", "cus_1");
    const answer = await deliver(event);
    expect([answer.status, await answer.json()]).toEqual([200, { received: true }]);
    expect(await inboxRow(event.id)).toMatchObject({ status: "ignored" });
    for (const type of ["toString", "__proto__", "constructor"])
      expect((await deliver(eventAbout(type, "x"))).status).toBe(200);
  });

  it("notes an event about a session that is not ours as ignored, and gives nothing for it", async () => {
    const { stripe, user } = await openSale();
    const { data } = await (await call("GET", "/api/orders", { token: user.token })).json<{
      data: { id: string }[];
    }>();
    // As a payment link's visitor could: the reference is theirs to choose, the metadata is not.
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
    const event = eventAbout(COMPLETED, foreign.id);
    expect((await deliver(event)).status).toBe(200);
    expect(await inboxRow(event.id)).toMatchObject({ status: "ignored" });
    expect(await stateOf(user)).toMatchObject({
      creditBalance: 0,
      orders: [{ status: "pending" }],
    });
  });

  it("I12: keeps why an event failed, without secrets, and has it sent again until it is processed", async () => {
    const { stripe, user, sessionId } = await paidSale();
    const event = eventAbout(COMPLETED, sessionId);
    const error = {
      type: "invalid_request_error",
      message: "Invalid API Key provided: sk_test_****ocal",
    };
    outside.standIn("stripe.test", () => Response.json({ error }, { status: 401 }));
    const logged = vi.spyOn(console, "error").mockImplementation(() => undefined);
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      const refused = await deliver(event);
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
    outside.standIn("stripe.test", stripe.fetch);
    expect((await deliver(event)).status).toBe(200);
    expect(await inboxRow(event.id)).toEqual({
      status: "processed",
      attempts: 3,
      last_error: null,
    });
    expect(await stateOf(user)).toMatchObject(DELIVERED);
  });
});

describe("the webhook", () => {
  it.each(["/api/webhooks/stripe", "/webhook/stripe", "/stripe/webhook"])(
    "answers at %s",
    async (path) => {
      const { user, sessionId } = await paidSale();
      expect((await deliver(eventAbout(COMPLETED, sessionId), path)).status).toBe(200);
      expect(await stateOf(user)).toMatchObject(DELIVERED);
    },
  );

  it("refuses a delivery without a good signature with 400, and keeps nothing of it", async () => {
    const { user, sessionId } = await paidSale();
    const event = eventAbout(COMPLETED, sessionId);
    const forged = await signedDelivery(event, undefined, "whsec_forged");
    const unsigned = await call("POST", "/api/webhooks/stripe", { body: event });
    const badly = await call("POST", "/api/webhooks/stripe", {
      body: event,
      headers: Object.fromEntries(forged.headers),
    });
    for (const answer of [unsigned, badly]) {
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({
        error: { code: "invalid_signature", param: "stripe-signature" },
      });
    }
    expect(await inboxRow(event.id)).toBeNull();
    expect(await stateOf(user)).toMatchObject({ creditBalance: 0 });
  });

  it("refuses an event of the live side with 400, naming what does not fit", async () => {
    const answer = await deliver(eventAbout(COMPLETED, "cs_1", { livemode: true }));
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      error: { code: "invalid_request", param: "livemode" },
    });
  });

  it.each(["/api/webhooks/stripe", "/webhook/stripe", "/stripe/webhook"])(
    "does not read 10 MB to their end at %s",
    async (path) => {
      const answer = await deliver(
        eventAbout(COMPLETED, "cs_1", { padding: "x".repeat(10_000_000) }),
        path,
      );
      expect(answer.status).toBe(413);
      expect(await answer.json()).toMatchObject({ error: { code: "body_too_large" } });
    },
  );

  it("may name an order's session whose id was never written down", async () => {
    const { user, sessionId } = await paidSale();
    await env.DB.prepare(
      "update checkout_sessions set stripe_id = null, url = null where stripe_id = ?",
    )
      .bind(sessionId)
      .run();
    expect((await deliver(eventAbout(COMPLETED, sessionId))).status).toBe(200);
    expect(await stateOf(user)).toMatchObject(DELIVERED);
  });
});
