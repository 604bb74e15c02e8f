import { beforeAll, describe, expect, it } from "vitest";
import { call } from "../support/call.ts";
import { fakeNetwork } from "../support/fake-network.ts";
import { loadShopCatalog, openCheckout, readUserState } from "../support/shop.ts";
import { createKey, signUp } from "../support/sign-up.ts";
import { standInStripe } from "../support/stripe.ts";
import { buildEvent, COMPLETED, deliverEvent } from "../support/webhook.ts";

beforeAll(loadShopCatalog);

async function openPage() {
  const stripe = standInStripe();
  const user = await signUp();
  const checkout = await openCheckout(user.token, { planId: "t-pack" });
  const setStatus = async (status: unknown, token = user.token) =>
    await call("PATCH", `/api/stripe-sessions/${checkout.stripeSessionId}/status`, {
      token,
      body: { status },
    });
  return { stripe, user, setStatus, ...checkout };
}

const CANCELED = {
  creditBalance: 0,
  orders: [{ status: "failed", failureReason: "Canceled by the buyer." }],
  sessions: [{ status: "canceled", ended: true }],
};

describe("canceling a checkout", () => {
  it("closes its page at Stripe too, so that nobody can pay on it", async () => {
    const { stripe, user, setStatus, url, sessionId, stripeSessionId } = await openPage();
    const answer = await setStatus("canceled");
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

  it("twice changes nothing more", async () => {
    const { user, setStatus } = await openPage();
    expect([(await setStatus("canceled")).status, (await setStatus("canceled")).status]).toEqual([
      200, 200,
    ]);
    expect(await readUserState(user)).toMatchObject(CANCELED);
  });

  it("whose page has expired succeeds, although Stripe will not close it again", async () => {
    const { stripe, user, setStatus, sessionId } = await openPage();
    stripe.control.expire(sessionId);
    expect((await setStatus("canceled")).status).toBe(200);
    expect(await readUserState(user)).toMatchObject({
      orders: [{ status: "failed" }],
      sessions: [{ status: "canceled" }],
    });
  });

  it("that has just been paid is refused: the purchase is delivered at once", async () => {
    const { stripe, user, setStatus, url } = await openPage();
    await stripe.pay(url);
    const answer = await setStatus("canceled");
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

  it("while a bank debit is processed is refused", async () => {
    const { stripe, user, setStatus, url } = await openPage();
    await stripe.pay(url, { method: "us_bank_account" });
    expect((await setStatus("canceled")).status).toBe(409);
    expect((await setStatus("canceled")).status).toBe(409);
    expect(await readUserState(user)).toMatchObject({
      orders: [{ status: "pending" }],
      sessions: [{ status: "processing" }],
    });
  });

  it("that has succeeded is refused", async () => {
    const { stripe, user, setStatus, url } = await openPage();
    await stripe.pay(url);
    await stripe.control.deliver();
    expect((await setStatus("canceled")).status).toBe(409);
    expect(await readUserState(user)).toMatchObject({
      creditBalance: 100,
      sessions: [{ status: "succeeded" }],
    });
  });

  it("while Stripe is down changes nothing and can be retried", async () => {
    const { stripe, user, setStatus } = await openPage();
    const error = { type: "api_error", message: "down" };
    let calls = 0;
    fakeNetwork.standIn("stripe.test", () => {
      calls += 1;
      return Response.json({ error }, { status: 500, headers: { "stripe-should-retry": "false" } });
    });
    const answer = await setStatus("canceled");
    expect([answer.status, calls]).toEqual([503, 1]);
    expect(await readUserState(user)).toMatchObject({
      orders: [{ status: "pending" }],
      sessions: [{ status: "pending" }],
    });
    fakeNetwork.standIn("stripe.test", stripe.fetch);
    expect((await setStatus("canceled")).status).toBe(200);
  });

  it("and paying at the same moment end in one of the two, on both sides", async () => {
    for (let round = 0; round < 3; round += 1) {
      const { stripe, user, setStatus, url, sessionId } = await openPage();
      const [answer, page] = await Promise.all([setStatus("canceled"), stripe.pay(url)]);
      await deliverEvent(buildEvent(COMPLETED, sessionId));
      const paid = page.status === 303;
      expect(answer.status).toBe(paid ? 409 : 200);
      expect(await readUserState(user)).toMatchObject(
        paid ? { creditBalance: 100, sessions: [{ status: "succeeded" }] } : CANCELED,
      );
    }
  });
});

describe("no user", () => {
  it.each(["succeeded", "processing", "pending", "failed"])(
    "can mark a checkout %s: 409, and nothing changes",
    async (status) => {
      const { user, setStatus } = await openPage();
      const answer = await setStatus(status);
      expect(answer.status).toBe(409);
      expect(await answer.json()).toMatchObject({ error: { code: "conflict", param: "status" } });
      expect(await readUserState(user)).toMatchObject({
        creditBalance: 0,
        orders: [{ status: "pending" }],
        sessions: [{ status: "pending" }],
      });
    },
  );

  it("can set an unknown status: 400", async () => {
    const { setStatus } = await openPage();
    for (const status of ["paid", "", null, 1, undefined]) {
      const answer = await setStatus(status);
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({
        error: { code: "invalid_request", param: "status" },
      });
    }
  });

  it("can change another field: 400, naming the field", async () => {
    const { user, stripeSessionId } = await openPage();
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
    const { user, setStatus } = await openPage();
    expect((await setStatus("canceled", await createKey(user, { scopes: ["read"] }))).status).toBe(
      403,
    );
  });
});
