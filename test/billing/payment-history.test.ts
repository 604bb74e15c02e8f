import { beforeAll, describe, expect, it } from "vitest";
import { call } from "../support/call.ts";
import { loadShopCatalog, openCheckout } from "../support/shop.ts";
import { signUp, type TestUser } from "../support/sign-up.ts";
import { standInStripe } from "../support/stripe.ts";
import { createSubscriptionPlans, subscribeUser } from "../support/subscriber.ts";

interface Page<T> {
  readonly data: T[];
  readonly hasMore: boolean;
  readonly nextCursor: string | null;
}
interface PaymentBody {
  readonly id: string;
  readonly type: string;
  readonly status: string;
}
interface InvoiceBody {
  readonly id: string;
  readonly status: string;
}

beforeAll(loadShopCatalog);
const read = async <T>(user: TestUser, path: string): Promise<T> =>
  await (await call("GET", path, { token: user.token })).json<T>();
const history = (user: TestUser, query = "") =>
  read<Page<PaymentBody>>(user, `/api/payments/users/me/payments${query}`);

describe("the history of payments", () => {
  it("lists one-time orders and the invoices of subscriptions, each once", async () => {
    const stripe = standInStripe();
    const user = await subscribeUser(stripe, (await createSubscriptionPlans()).pro);
    const { url } = await openCheckout(user.token, { planId: "t-pack" });
    await stripe.pay(url);
    await stripe.control.deliver();
    await openCheckout(user.token, { planId: "t-expiring" });

    const all = await history(user);
    expect(all.data.toSorted((a, b) => (a.type < b.type ? -1 : 1))).toMatchObject([
      {
        type: "invoice",
        kind: "subscription",
        status: "paid",
        amountMinor: 1500,
        paidMinor: 1500,
        currency: "usd",
        amount: "15.00",
      },
      {
        type: "order",
        kind: "plan",
        status: "pending",
        title: "Expiring pack",
        paidMinor: 0,
        paidAt: null,
      },
      {
        type: "order",
        kind: "plan",
        status: "completed",
        title: "Pack",
        amountMinor: 999,
        paidMinor: 999,
        refundedMinor: 0,
      },
    ]);
    expect(all).toMatchObject({ hasMore: false, nextCursor: null });
  });

  it("comes in pages without gaps or repeats, also within one moment", async () => {
    standInStripe();
    const user = await signUp();
    await Promise.all(
      Array.from({ length: 5 }, () => openCheckout(user.token, { planId: "t-pack" })),
    );
    const ids: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Page<PaymentBody> = await history(
        user,
        `?limit=2${cursor === null ? "" : `&cursor=${cursor}`}`,
      );
      ids.push(...page.data.map(({ id }) => id));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(ids).toHaveLength(5);
    expect(ids).toEqual((await history(user)).data.map(({ id }) => id));
    const wrong = await call("GET", "/api/payments/users/me/payments?cursor=ord_1", {
      token: user.token,
    });
    expect(await wrong.json()).toMatchObject({
      error: { code: "invalid_request", param: "cursor" },
    });
  });
});

describe("invoices", () => {
  it("are shown as at Stripe, with a page and a PDF, and come in pages", async () => {
    const stripe = standInStripe();
    const shelf = await createSubscriptionPlans();
    const user = await subscribeUser(stripe, shelf.pro);
    const first = await read<Page<InvoiceBody>>(user, "/api/invoices");
    expect(first.data).toMatchObject([
      {
        id: expect.stringMatching(/^in_/),
        number: expect.stringMatching(/.+/),
        status: "paid",
        amountMinor: 1500,
        amountPaidMinor: 1500,
        currency: "usd",
        subscriptionId: expect.stringMatching(/^sub_/),
        hostedInvoiceUrl: expect.stringMatching(/^http/),
        invoicePdf: expect.stringMatching(/^http/),
      },
    ]);
    expect(first).toMatchObject({ object: "list", hasMore: false, nextCursor: null });
    const next = await read<Page<InvoiceBody>>(user, `/api/invoices?cursor=${first.data[0]?.id}`);
    expect(next.data).toEqual([]);
    const wrong = await call("GET", "/api/invoices?cursor=in_none", { token: user.token });
    expect([wrong.status, await wrong.json()]).toMatchObject([400, { error: { param: "cursor" } }]);
  });

  it("are an empty list for a user without a customer", async () => {
    standInStripe();
    const user = await signUp();
    expect(await read<Page<InvoiceBody>>(user, "/api/invoices")).toMatchObject({
      data: [],
      hasMore: false,
    });
  });
});
