import { beforeAll, describe, expect, it } from "vitest";
import { call } from "../support/call.ts";
import { fakeNetwork } from "../support/fake-network.ts";
import { loadShopCatalog, openCheckout, readUserState } from "../support/shop.ts";
import { createKey, signUp } from "../support/sign-up.ts";
import { standInStripe } from "../support/stripe.ts";
import { buildEvent, COMPLETED, deliverEvent } from "../support/webhook.ts";

beforeAll(loadShopCatalog);

async function opened() {
  const stripe = standInStripe();
  const user = await signUp();
  const checkout = await openCheckout(user.token, { planId: "t-pack" });
  const set = async (status: unknown, token = user.token) =>
    await call("PATCH", `/api/stripe-sessions/${checkout.stripeSessionId}/status`, {
      token,
      body: { status },
    });
  return { stripe, user, set, ...checkout };
}

const CANCELED = {
  creditBalance: 0,
  orders: [{ status: "failed", failureReason: "Canceled by the buyer." }],
  sessions: [{ status: "canceled", ended: true }],
};

describe("canceling a checkout", () => {
  it("closes its page at Stripe too, so that nobody can pay on it any more", async () => {
    const { stripe, user, set, url, sessionId, stripeSessionId } = await opened();
    const answer = await set("canceled");
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      id: stripeSessionId,
      status: "canceled",
      url: null,
      processedAt: expect.any(String),
    });
    expect((await stripe.client.checkout.sessions.retrieve(sessionId)).status).toBe("expired");
    expect((await stripe.pay(url)).status).toBe(410);
    await stripe.control.deliver();
    expect(await readUserState(user)).toMatchObject(CANCELED);
  });

  it("twice is canceling once", async () => {
    const { user, set } = await opened();
    expect([(await set("canceled")).status, (await set("canceled")).status]).toEqual([200, 200]);
    expect(await readUserState(user)).toMatchObject(CANCELED);
  });

  it("whose page had expired by itself is fine, although Stripe will not close it again", async () => {
    const { stripe, user, set, sessionId } = await opened();
    stripe.control.expire(sessionId);
    expect((await set("canceled")).status).toBe(200);
    expect(await readUserState(user)).toMatchObject({
      orders: [{ status: "failed" }],
      sessions: [{ status: "canceled" }],
    });
  });

  it("that has just been paid is too late: the buyer gets what was paid for, at once", async () => {
    const { stripe, user, set, url } = await opened();
    await stripe.pay(url);
    const answer = await set("canceled");
    expect(answer.status).toBe(409);
    expect(await answer.json()).toMatchObject({
      error: { code: "conflict", param: "status", message: expect.stringContaining("succeeded") },
    });
    expect(await readUserState(user)).toMatchObject({
      creditBalance: 100,
      orders: [{ status: "completed" }],
    });
    await stripe.control.deliver();
    expect(await readUserState(user)).toMatchObject({ creditBalance: 100 });
  });

  it("while a bank debit is under way is too late", async () => {
    const { stripe, user, set, url } = await opened();
    await stripe.pay(url, { method: "us_bank_account" });
    expect((await set("canceled")).status).toBe(409);
    expect((await set("canceled")).status).toBe(409);
    expect(await readUserState(user)).toMatchObject({
      orders: [{ status: "pending" }],
      sessions: [{ status: "processing" }],
    });
  });

  it("that has succeeded or failed is too late", async () => {
    const { stripe, user, set, url } = await opened();
    await stripe.pay(url);
    await stripe.control.deliver();
    expect((await set("canceled")).status).toBe(409);
    expect(await readUserState(user)).toMatchObject({
      creditBalance: 100,
      sessions: [{ status: "succeeded" }],
    });
  });

  it("while Stripe cannot be reached changes nothing and can be tried again", async () => {
    const { stripe, user, set } = await opened();
    const error = { type: "api_error", message: "down" };
    let asked = 0;
    fakeNetwork.standIn("stripe.test", () => {
      asked += 1;
      return Response.json({ error }, { status: 500, headers: { "stripe-should-retry": "false" } });
    });
    const answer = await set("canceled");
    expect([answer.status, asked]).toEqual([503, 1]);
    expect(await readUserState(user)).toMatchObject({
      orders: [{ status: "pending" }],
      sessions: [{ status: "pending" }],
    });
    fakeNetwork.standIn("stripe.test", stripe.fetch);
    expect((await set("canceled")).status).toBe(200);
  });

  it("and paying at the same moment end in exactly one of the two, on both sides", async () => {
    for (let round = 0; round < 3; round += 1) {
      const { stripe, user, set, url, sessionId } = await opened();
      const [answer, page] = await Promise.all([set("canceled"), stripe.pay(url)]);
      await deliverEvent(buildEvent(COMPLETED, sessionId));
      const paid = page.status === 303;
      expect(answer.status).toBe(paid ? 409 : 200);
      expect(await readUserState(user)).toMatchObject(
        paid ? { creditBalance: 100, sessions: [{ status: "succeeded" }] } : CANCELED,
      );
    }
  });
});

describe("nobody", () => {
  it.each(["succeeded", "processing", "pending", "failed"])(
    "can mark a checkout %s: 409, and nothing changes",
    async (status) => {
      const { user, set } = await opened();
      const answer = await set(status);
      expect(answer.status).toBe(409);
      expect(await answer.json()).toMatchObject({ error: { code: "conflict", param: "status" } });
      expect(await readUserState(user)).toMatchObject({
        creditBalance: 0,
        orders: [{ status: "pending" }],
        sessions: [{ status: "pending" }],
      });
    },
  );

  it("can set a status that is none: 400", async () => {
    const { set } = await opened();
    for (const status of ["paid", "", null, 1, undefined]) {
      const answer = await set(status);
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({
        error: { code: "invalid_request", param: "status" },
      });
    }
  });

  it("can change anything else of it: 400, naming the field", async () => {
    const { user, stripeSessionId } = await opened();
    const body = { status: "canceled", amountMinor: 1 };
    const answer = await call("PATCH", `/api/stripe-sessions/${stripeSessionId}/status`, {
      token: user.token,
      body,
    });
    expect([answer.status, await answer.json()]).toMatchObject([
      400,
      { error: { param: "amountMinor" } },
    ]);
  });

  it("can cancel with a key that may only read: 403", async () => {
    const { user, set } = await opened();
    expect((await set("canceled", await createKey(user, { scopes: ["read"] }))).status).toBe(403);
  });
});
