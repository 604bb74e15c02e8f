import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { callAsAdmin } from "../support/admin.ts";
import { call } from "../support/call.ts";
import { fakeNetwork } from "../support/fake-network.ts";
import {
  DELIVERED_STATE,
  loadShopCatalog,
  openCheckout,
  openPaidSale,
  openSale,
  readUserState,
  type Sale,
} from "../support/shop.ts";
import { signUp, type TestUser } from "../support/sign-up.ts";
import { standInStripe, type TestStripe } from "../support/stripe.ts";
import { createSubscriptionPlans, subscribeUser } from "../support/subscriber.ts";

interface DifferenceBody {
  readonly subjectId: string;
  readonly userId: string | null;
  readonly what: string;
  readonly here: unknown;
  readonly atStripe: unknown;
  readonly heal: string | null;
}
interface ReportBody {
  readonly data: readonly DifferenceBody[];
  readonly checked: number;
  readonly hasMore: boolean;
  readonly nextCursor: string | null;
}

const report = async (query: string): Promise<ReportBody> => {
  const answer = await callAsAdmin("GET", `/api/admin/drift?${query}`);
  if (answer.status !== 200)
    throw new Error(`The report answered ${answer.status}: ${await answer.text()}`);
  return await answer.json<ReportBody>();
};
/** Reports the differences of the newest order, which the test has just made. */
const reportNewest = async (of = "orders"): Promise<readonly DifferenceBody[]> =>
  (await report(`of=${of}&limit=1`)).data;
const listDifferences = (differences: readonly DifferenceBody[]) =>
  Object.fromEntries(differences.map(({ what, here, atStripe }) => [what, [here, atStripe]]));
const repair = (subjectId: string) => callAsAdmin("POST", `/api/admin/drift/${subjectId}/heal`);

const orderOf = async ({ token }: TestUser): Promise<string> =>
  (await (await call("GET", "/api/orders", { token })).json<{ data: { id: string }[] }>()).data[0]
    ?.id ?? "";
async function intentOf({ stripe, sessionId }: Sale): Promise<string> {
  const { payment_intent: intent } = await stripe.client.checkout.sessions.retrieve(sessionId);
  if (typeof intent !== "string") throw new Error("This page was not paid.");
  return intent;
}

/** Makes a sale of 100 credits for 9.99 that is paid and delivered. */
async function deliveredSale(planId = "t-pack"): Promise<Sale> {
  const sale = await openPaidSale(planId);
  await sale.stripe.control.flush();
  return sale;
}

beforeAll(loadShopCatalog);

describe("the drift report of orders", () => {
  it("lists no difference for orders in Stripe's state", async () => {
    await deliveredSale();
    expect(await reportNewest()).toEqual([]);
    await openSale();
    expect(await reportNewest()).toEqual([]);
    const expired = await openSale();
    expired.stripe.control.expire(expired.sessionId);
    await expired.stripe.control.flush();
    expect(await reportNewest()).toEqual([]);
    const refunded = await deliveredSale("t-level2");
    await refunded.stripe.client.refunds.create({
      payment_intent: await intentOf(refunded),
      amount: 1000,
    });
    await refunded.stripe.control.flush();
    expect(await reportNewest()).toEqual([]);
  });

  it("lists a payment without an event, changes nothing, and names the repair", async () => {
    const { user } = await openPaidSale();
    const id = await orderOf(user);
    const differences = await reportNewest();
    expect(listDifferences(differences)).toEqual({
      "order.status": ["pending", "completed"],
      "order.paidMinor": [null, 999],
      grant: [null, { credits: 100, voidedCredits: 0, frozen: false }],
    });
    expect(await readUserState(user)).toMatchObject({
      creditBalance: 0,
      orders: [{ status: "pending" }],
    });
    for (const difference of differences)
      expect(difference).toMatchObject({
        subjectId: id,
        userId: user.userId,
        heal: `POST /api/admin/drift/${id}/heal`,
      });
    const repaired = await repair(id);
    expect([repaired.status, await repaired.json()]).toEqual([
      200,
      { subjectId: id, outcome: "fulfil" },
    ]);
    expect(await readUserState(user)).toMatchObject(DELIVERED_STATE);
    expect(await reportNewest()).toEqual([]);
    const { data } = await (
      await callAsAdmin("GET", `/api/admin/audit?subjectId=${id}&action=drift.`)
    ).json<{ data: object[] }>();
    expect(data).toMatchObject([
      { action: "drift.healed", actor: { kind: "admin" }, after: { outcome: "fulfil" } },
    ]);
  });

  it("lists a refund without an event", async () => {
    const sale = await deliveredSale();
    await sale.stripe.client.refunds.create({ payment_intent: await intentOf(sale), amount: 333 });
    expect(listDifferences(await reportNewest())).toEqual({
      "order.refundedMinor": [0, 333],
      "grant.voidedCredits": [0, 33.333333],
    });
    await repair(await orderOf(sale.user));
    expect(await reportNewest()).toEqual([]);
  });

  it("lists a dispute without an event", async () => {
    const sale = await deliveredSale();
    sale.stripe.control.dispute(await intentOf(sale));
    expect(listDifferences(await reportNewest())).toEqual({
      "order.status": ["completed", "disputed"],
      "grant.frozen": [false, true],
    });
    await repair(await orderOf(sale.user));
    expect(await reportNewest()).toEqual([]);
  });

  it("lists a page that expired without an event", async () => {
    const { stripe, sessionId, user } = await openSale();
    stripe.control.expire(sessionId);
    expect(listDifferences(await reportNewest())).toEqual({
      "order.status": ["pending", "failed"],
    });
    await repair(await orderOf(user));
    expect(await reportNewest()).toEqual([]);
  });

  it("lists an order that was delivered without a payment, which nothing repairs", async () => {
    const { user } = await openSale();
    const id = await orderOf(user);
    await env.DB.prepare(
      "update orders set status = 'completed', completed_at = 1, paid_minor = 999 where id = ?",
    )
      .bind(id)
      .run();
    const differences = await reportNewest();
    expect(listDifferences(differences)).toEqual({
      "order.status": ["completed", "unpaid"],
      "order.paidMinor": [999, null],
    });
    expect(differences.map(({ heal }) => heal)).toEqual([null, null]);
  });

  it("lists a page that Stripe does not know", async () => {
    const { user } = await openSale();
    const id = await orderOf(user);
    await env.DB.prepare("update checkout_sessions set stripe_id = ? where order_id = ?")
      .bind(`cs_gone_${id}`, id)
      .run();
    expect(await reportNewest()).toMatchObject([
      { what: "payment", here: { status: "pending" }, atStripe: null, heal: null },
    ]);
  });

  it("goes through a range of time in pages", async () => {
    const stripe = standInStripe();
    const user = await signUp();
    const ids: string[] = [];
    for (let made = 0; made < 3; made += 1) {
      await stripe.pay((await openCheckout(user.token, { planId: "t-pack" })).url);
      ids.push(await orderOf(user));
    }
    const first = await report("limit=2");
    const second = await report(`limit=1&cursor=${first.nextCursor}`);
    const seen = [...first.data, ...second.data].map(({ subjectId }) => subjectId);
    expect([...new Set(seen)]).toEqual(ids.toReversed());
    expect([first.checked, first.hasMore, second.checked]).toEqual([2, true, 1]);
    expect(await report("from=2025-01-01&to=2025-12-31")).toMatchObject({
      data: [],
      checked: 0,
      hasMore: false,
    });
  });
});

/** Makes a user with a subscription that was delivered. */
const subscribed = async () => {
  const stripe = standInStripe();
  const shelf = await createSubscriptionPlans();
  return { stripe, shelf, user: await subscribeUser(stripe, shelf.pro) };
};
const subscriptionOf = async ({ userId }: TestUser): Promise<string> => {
  const row = await env.DB.prepare("select id from subscriptions where user_id = ?")
    .bind(userId)
    .first<{ id: string }>();
  return row?.id ?? "";
};
/** Reports the differences of one user. Others of the same second may come in any order. */
const driftOf = async (user: TestUser, list = "subscriptions") =>
  (await report(`of=${list}&limit=25`)).data.filter(({ userId }) => userId === user.userId);
// Each stand-in Stripe knows its own objects alone, so rows of earlier tests would look missing.
const deleteOtherRows = () =>
  env.DB.batch([env.DB.prepare("delete from subscriptions"), env.DB.prepare("delete from orders")]);

describe("the drift report of subscriptions", () => {
  it("lists no difference for a subscription in Stripe's state", async () => {
    await deleteOtherRows();
    const { user } = await subscribed();
    expect(await driftOf(user)).toEqual([]);
    expect(await reportNewest("orders")).toEqual([]);
    expect((await report("of=stripe_subscriptions")).data).toEqual([]);
    expect((await report("of=stripe_sessions")).data).toEqual([]);
  });

  it("lists a change and a refund without events", async () => {
    await deleteOtherRows();
    const { stripe, user } = await subscribed();
    const id = await subscriptionOf(user);
    await stripe.client.subscriptions.update(id, { cancel_at_period_end: true });
    const [intent] = (await stripe.client.paymentIntents.list({ limit: 1 })).data;
    await stripe.client.refunds.create({ payment_intent: intent?.id ?? "", amount: 1500 });
    expect(listDifferences(await driftOf(user))).toMatchObject({
      "subscription.cancelAtPeriodEnd": [false, true],
      "invoice.refundedMinor": [0, 1500],
      "grant.voidedCredits": [0, 100],
    });
    expect((await repair(id)).status).toBe(200);
    expect(await driftOf(user)).toEqual([]);
  });

  it("lists a subscription that only Stripe knows, and repairs it", async () => {
    await deleteOtherRows();
    const stripe: TestStripe = standInStripe();
    const shelf = await createSubscriptionPlans();
    const user = await signUp();
    await stripe.pay((await openCheckout(user.token, { planId: shelf.pro })).url);
    expect(listDifferences(await reportNewest("orders"))).toEqual({
      "order.status": ["pending", "completed"],
    });
    const [unknown] = await driftOf(user, "stripe_subscriptions");
    expect(unknown).toMatchObject({
      what: "subscription",
      here: null,
      atStripe: { status: "active" },
    });
    expect((await repair(unknown?.subjectId ?? "")).status).toBe(200);
    expect([
      ...(await driftOf(user, "stripe_subscriptions")),
      ...(await driftOf(user)),
      ...(await reportNewest("orders")),
    ]).toEqual([]);
    expect(await readUserState(user)).toMatchObject({
      creditBalance: 100,
      orders: [{ status: "completed" }],
    });
  });
});

describe("the drift report of checkout sessions at Stripe", () => {
  it("lists a paid page without its order", async () => {
    const { sessionId, user } = await openPaidSale();
    const id = await orderOf(user);
    expect((await report("of=stripe_sessions")).data).toEqual([]);
    await env.DB.prepare("delete from orders where id = ?").bind(id).run();
    expect((await report("of=stripe_sessions")).data).toEqual([
      {
        subjectId: sessionId,
        userId: user.userId,
        user: { id: user.userId, email: user.email, name: null, externalId: null },
        what: "order",
        here: null,
        atStripe: { orderId: id, paymentStatus: "paid", amountMinor: 999, currency: "usd" },
        heal: null,
      },
    ]);
  });
});

describe("the drift routes", () => {
  it.each(["of=everything", "limit=26", "cursor=1", "from=today", "window=1"])(
    "refuse ?%s, naming the field",
    async (query) => {
      const answer = await callAsAdmin("GET", `/api/admin/drift?${query}`);
      expect([answer.status, await answer.json()]).toMatchObject([
        400,
        { error: { param: query.split("=")[0] } },
      ]);
    },
  );

  it.each(["ord_none", "sub_none", "in_none", "cs_none", "usr_1", "__proto___x", "nonsense"])(
    "answer 404 to repairing %s",
    async (id) => {
      standInStripe();
      const answer = await repair(id);
      expect([answer.status, await answer.json()]).toMatchObject([
        404,
        { error: { code: "not_found" } },
      ]);
    },
  );

  it("answer 503 while Stripe is down", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const { user } = await openPaidSale();
    fakeNetwork.standIn("stripe.test", () =>
      Response.json(
        { error: { type: "api_error", message: "down" } },
        { status: 500, headers: { "stripe-should-retry": "false" } },
      ),
    );
    for (const answer of [
      await callAsAdmin("GET", "/api/admin/drift?limit=1"),
      await repair(await orderOf(user)),
    ])
      expect([answer.status, await answer.json()]).toMatchObject([
        503,
        { error: { code: "billing_unavailable" } },
      ]);
  });

  it("are for admins alone", async () => {
    const { token } = await signUp();
    expect((await call("GET", "/api/admin/drift", { token })).status).toBe(403);
    expect((await call("POST", "/api/admin/drift/ord_1/heal", { token })).status).toBe(403);
  });
});
