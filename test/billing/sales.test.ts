import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import {
  createSaleCheckout,
  findConversationPaymentStatus,
  hasLicence,
  listSales,
  pruneOrderKeys,
} from "../../src/billing/index.ts";
import { revealKeyOnce } from "../../src/billing/orders/order-key.ts";
import { findOrder } from "../../src/billing/orders/store.ts";
import { readConfig } from "../../src/config.ts";
import { database } from "../../src/db.ts";
import { DAY_MS } from "../../src/time.ts";
import { call } from "../support/call.ts";
import { testContext } from "../support/context.ts";
import { workerDyingAt } from "../support/dying-worker.ts";
import { signUp, type TestUser } from "../support/sign-up.ts";
import { standInStripe, type TestStripe } from "../support/stripe.ts";
import { buildEvent, COMPLETED, deliverEvent, signDelivery } from "../support/webhook.ts";

const db = database(env.DB);
const config = readConfig(env);

beforeAll(() => {
  // Every crash in these tests is intended.
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});

const agent = (subjectId: string, sellerId = "usr_0000000000000001") =>
  ({
    kind: "agent",
    subjectId,
    title: "Tutor",
    amountMinor: 1000,
    currency: "usd",
    sellerId,
    sellerShareMinor: 850,
  }) as const;
const conversation = (subjectId: string) =>
  ({
    kind: "conversation",
    subjectId,
    title: "One conversation",
    amountMinor: 500,
    currency: "usd",
  }) as const;
type Sale = ReturnType<typeof agent> | ReturnType<typeof conversation>;

const offer = (user: TestUser, sale: Sale) =>
  createSaleCheckout(testContext({ config }), user.userId, { sale, params: {} });

/** Opens a page for a sale and expects it to succeed. */
async function open(user: TestUser, sale: Sale) {
  const offered = await offer(user, sale);
  if (!offered.ok) throw new Error(offered.failure.message);
  const order = await env.DB.prepare("select order_id from checkout_sessions where stripe_id = ?")
    .bind(offered.value.sessionId)
    .first<{ order_id: string }>();
  return {
    url: offered.value.url,
    sessionId: offered.value.sessionId,
    orderId: order?.order_id ?? "",
  };
}

async function buy(stripe: TestStripe, user: TestUser, sale: Sale) {
  const opened = await open(user, sale);
  await stripe.pay(opened.url);
  await stripe.control.deliver();
  return opened;
}

/** Refunds some of an order's money at Stripe, and delivers the events. */
async function refund(stripe: TestStripe, orderId: string, amount?: number) {
  const order = await findOrder(db, orderId);
  await stripe.client.refunds.create({
    payment_intent: order?.stripePaymentIntentId ?? "",
    ...(amount === undefined ? {} : { amount }),
  });
  await stripe.control.deliver();
}

const keysOf = async (user: TestUser) =>
  (
    await (
      await call("GET", "/api/api-keys", { token: user.token })
    ).json<{ keys: { id: string; name: string }[] }>()
  ).keys;

describe("a licence to an agent", () => {
  it("is a paid order: not before, not for other users, not for another agent", async () => {
    const [stripe, user, other] = [standInStripe(), await signUp(), await signUp()];
    const { url } = await open(user, agent("agt_1"));
    expect(await hasLicence(db, user.userId, "agt_1")).toBe(false);
    await stripe.pay(url);
    await stripe.control.deliver();
    expect(await hasLicence(db, user.userId, "agt_1")).toBe(true);
    expect(await hasLicence(db, other.userId, "agt_1")).toBe(false);
    expect(await hasLicence(db, user.userId, "agt_2")).toBe(false);
    const { data } = await (await call("GET", "/api/orders", { token: user.token })).json<{
      data: object[];
    }>();
    expect(data).toEqual([
      expect.objectContaining({
        kind: "agent",
        title: "Tutor",
        subjectId: "agt_1",
        plan: null,
        amountMinor: 1000,
        paidMinor: 1000,
        status: "completed",
      }),
    ]);
  });

  it("I6: ends when all of the money went back, and can then be bought again", async () => {
    const [stripe, user] = [standInStripe(), await signUp()];
    const { orderId } = await buy(stripe, user, agent("agt_1"));
    await refund(stripe, orderId, 400);
    expect(await hasLicence(db, user.userId, "agt_1")).toBe(true);
    expect(await offer(user, agent("agt_1"))).toMatchObject({
      ok: false,
      failure: { code: "already_purchased" },
    });
    await refund(stripe, orderId);
    expect(await hasLicence(db, user.userId, "agt_1")).toBe(false);
    await buy(stripe, user, agent("agt_1"));
    expect(await hasLicence(db, user.userId, "agt_1")).toBe(true);
  });

  it("cannot be paid twice: a new page closes the old one, and a payment ends both", async () => {
    const [stripe, user] = [standInStripe(), await signUp()];
    const first = await open(user, agent("agt_1"));
    const second = await open(user, agent("agt_1"));
    expect((await stripe.client.checkout.sessions.retrieve(first.sessionId)).status).toBe(
      "expired",
    );
    await stripe.pay(second.url);
    // Paid, though no event has come.
    expect(await offer(user, agent("agt_1"))).toMatchObject({
      ok: false,
      failure: { code: "already_purchased" },
    });
    expect(await hasLicence(db, user.userId, "agt_1")).toBe(true);
  });

  it("is offered on one page, however many are requested at once", async () => {
    const stripe = standInStripe();
    for (let round = 0; round < 5; round += 1) {
      const [user, sale] = [await signUp(), agent(`agt_${crypto.randomUUID()}`)];
      const offered = await Promise.all([1, 2, 3].map(() => offer(user, sale)));
      const pages = (await stripe.client.checkout.sessions.list({ limit: 3 })).data;
      const open = pages.filter(({ status }) => status === "open").map(({ id }) => id);
      expect(open).toHaveLength(1);
      expect(offered.map((each) => (each.ok ? each.value.sessionId : null))).toContain(open[0]);
    }
  });

  it("is shown to its seller with the earned share, and without the buyer", async () => {
    const [stripe, user, seller] = [standInStripe(), await signUp(), await signUp()];
    const sold = [];
    for (const id of ["agt_1", "agt_2", "agt_3"])
      sold.push(await buy(stripe, user, agent(id, seller.userId)));
    await open(user, agent("agt_4", seller.userId));
    await refund(stripe, sold[1]?.orderId ?? "", 333);
    await refund(stripe, sold[0]?.orderId ?? "");
    const page = await listSales(db, seller.userId, { limit: 2 });
    expect(page).toMatchObject({
      hasMore: true,
      data: [
        { subjectId: "agt_3", status: "completed", shareMinor: 850, earnedMinor: 850 },
        { subjectId: "agt_2", status: "completed", refundedMinor: 333, earnedMinor: 567 },
      ],
    });
    expect(JSON.stringify(page)).not.toContain(user.userId);
    const rest = await listSales(db, seller.userId, {
      limit: 2,
      cursor: page.nextCursor ?? undefined,
    });
    expect(rest).toMatchObject({
      hasMore: false,
      data: [{ subjectId: "agt_1", status: "refunded", earnedMinor: 0 }],
    });
  });
});

describe("the payment for a conversation", () => {
  it("is unpaid, pending, failed or paid, and unpaid after its money went back", async () => {
    const [stripe, user] = [standInStripe(), await signUp()];
    const state = () => findConversationPaymentStatus(db, user.userId, "cnv_1");
    expect(await state()).toBe("unpaid");
    const debit = await open(user, conversation("cnv_1"));
    expect(await state()).toBe("pending");
    await stripe.pay(debit.url, { method: "us_bank_account" });
    await stripe.control.deliver();
    expect(await state()).toBe("pending");
    expect(await offer(user, conversation("cnv_1"))).toMatchObject({
      ok: false,
      failure: { code: "conflict" },
    });
    stripe.control.completeDebit(debit.sessionId, "failed");
    await stripe.control.deliver();
    expect(await state()).toBe("failed");
    const left = await open(user, conversation("cnv_1"));
    stripe.control.expire(left.sessionId);
    await stripe.control.deliver();
    expect(await state()).toBe("unpaid");
    const { orderId } = await buy(stripe, user, conversation("cnv_1"));
    expect(await state()).toBe("paid");
    await refund(stripe, orderId);
    expect(await state()).toBe("unpaid");
  });
});

const show = (orderId: string, token: string) =>
  call("GET", `/api/orders/${orderId}/api-key`, { token });
const refusal = async (response: Response) => {
  expect(response.status).toBe(404);
  return (await response.json<{ error: { message: string } }>()).error.message;
};

describe("the API key that comes with a conversation", () => {
  it("I12: is shown once, to its owner alone, and works", async () => {
    const [stripe, user, other] = [standInStripe(), await signUp(), await signUp()];
    const { url, orderId } = await open(user, conversation("cnv_1"));
    expect(await refusal(await show(orderId, user.token))).toMatch(/isn't paid yet/);
    await stripe.pay(url);
    await stripe.control.deliver();
    expect(await refusal(await show(orderId, other.token))).toMatch(/no order/);
    expect(await keysOf(user)).toMatchObject([{ name: "Auto-generated from payment" }]);

    const head = await call("HEAD", `/api/orders/${orderId}/api-key`, { token: user.token });
    expect(head.status, "a request that shows nothing uses nothing up").toBe(400);
    const shown = await show(orderId, user.token);
    expect([shown.status, shown.headers.get("cache-control")]).toEqual([200, "no-store"]);
    const { key, keyId } = await shown.json<{ key: string; keyId: string }>();
    expect(key).toMatch(/^sk_[0-9a-f]{64}$/);
    expect((await keysOf(user))[0]?.id).toBe(keyId);
    expect((await call("GET", "/api/credits", { token: key })).status).toBe(200);
    expect((await show(orderId, key)).status, "an API key cannot fetch another").toBe(403);
    expect(await refusal(await show(orderId, user.token))).toMatch(/shown only once/);
    const kept = await env.DB.prepare("select * from order_keys where order_id = ?")
      .bind(orderId)
      .first();
    expect(kept).toMatchObject({ sealed: null });
  });

  it("is shown to one of many concurrent requests", async () => {
    const [stripe, user] = [standInStripe(), await signUp()];
    const { orderId } = await buy(stripe, user, conversation("cnv_1"));
    const answers = await Promise.all(Array.from({ length: 10 }, () => show(orderId, user.token)));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      200,
      ...Array.from({ length: 9 }, () => 404),
    ]);
  });

  it("cannot be seen after 24 hours, and is pruned; the key itself stays", async () => {
    const [stripe, user] = [standInStripe(), await signUp()];
    const { orderId } = await buy(stripe, user, conversation("cnv_1"));
    const order = await findOrder(db, orderId);
    if (order === undefined) throw new Error("no order");
    const later = Date.now() + DAY_MS + 60_000;
    expect(await revealKeyOnce(testContext({ db, config, nowMs: later }), order)).toMatchObject({
      failure: { message: expect.stringMatching(/for 24 hours after payment/) },
    });
    await pruneOrderKeys(db, Date.now() + DAY_MS - 60_000);
    const sealed = async () =>
      (
        await env.DB.prepare("select sealed from order_keys where order_id = ?")
          .bind(orderId)
          .first<{ sealed: string | null }>()
      )?.sealed;
    expect(await sealed()).toEqual(expect.any(String));
    await pruneOrderKeys(db, later);
    expect(await sealed()).toBe(null);
    expect(await keysOf(user)).toHaveLength(1);
  });

  it("I6: ends with the order, and a restored order has a new one", async () => {
    const [stripe, user] = [standInStripe(), await signUp()];
    const { orderId } = await buy(stripe, user, conversation("cnv_1"));
    const [first] = await keysOf(user);
    const intent = (await findOrder(db, orderId))?.stripePaymentIntentId ?? "";
    const dispute = stripe.control.dispute(intent);
    await stripe.control.deliver();
    expect(await keysOf(user)).toEqual([]);
    expect(await refusal(await show(orderId, user.token))).toMatch(/disputed/);
    stripe.control.closeDispute(dispute?.id ?? "", "won");
    await stripe.control.deliver();
    const [second] = await keysOf(user);
    expect(second?.id).not.toBe(first?.id);
    expect((await show(orderId, user.token)).status).toBe(200);
  });

  it("is not restored by a repeated event after its owner has revoked it", async () => {
    const [stripe, user] = [standInStripe(), await signUp()];
    const { sessionId } = await buy(stripe, user, conversation("cnv_1"));
    const [made] = await keysOf(user);
    await call("DELETE", `/api/api-keys/${made?.id}`, { token: user.token });
    expect((await deliverEvent(buildEvent(COMPLETED, sessionId))).status).toBe(200);
    expect(await keysOf(user)).toEqual([]);
  });

  it("I7: is one key, wherever the Worker died while it was made", async () => {
    const stripe = standInStripe();
    for (let step = 1, done = false; !done; step += 1) {
      const user = await signUp();
      const { url, sessionId, orderId } = await open(user, conversation("cnv_1"));
      await stripe.pay(url);
      const event = buildEvent(COMPLETED, sessionId);
      const worker = workerDyingAt(step);
      await worker.send(await signDelivery(event));
      done = !worker.died();
      expect((await deliverEvent(event)).status).toBe(200);
      const keys = await keysOf(user);
      expect(keys, `dying at step ${step}`).toHaveLength(1);
      const shown = await (await show(orderId, user.token)).json<{ keyId: string }>();
      expect(shown.keyId, `dying at step ${step}`).toBe(keys[0]?.id);
    }
  });
});
