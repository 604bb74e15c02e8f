import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { callAsAdmin } from "../support/admin.ts";
import { call } from "../support/call.ts";
import { loadShopCatalog, openPaidSale, type Sale } from "../support/shop.ts";
import { createKey, signUp, type TestUser } from "../support/sign-up.ts";
import { standInStripe } from "../support/stripe.ts";
import { createSubscriptionPlans, subscribeUser } from "../support/subscriber.ts";
import { buildEvent, deliverEvent } from "../support/webhook.ts";

interface Hit {
  readonly kind: string;
  readonly id: string;
  readonly title: string;
  readonly status: string | null;
  readonly user: { readonly id: string; readonly email: string } | null;
}

const search = async (q: string): Promise<Hit[]> => {
  const answer = await callAsAdmin("GET", `/api/admin/search?q=${encodeURIComponent(q)}`);
  return (await answer.json<{ data: Hit[] }>()).data;
};
const columnOf = async (table: string, column: string, userId: string): Promise<string> =>
  (await env.DB.prepare(`select ${column} as v from ${table} where user_id = ? and v is not null`)
    .bind(userId)
    .first<string>("v")) ?? "";

let sale: Sale;
let subscriber: TestUser;

beforeAll(async () => {
  await loadShopCatalog();
  sale = await openPaidSale();
  await sale.stripe.control.flush();
  const stripe = standInStripe();
  subscriber = await subscribeUser(stripe, (await createSubscriptionPlans()).pro);
});

describe("GET /api/admin/search", () => {
  it("finds a user by a part of the address or the name, and leads to nobody else", async () => {
    const user = await signUp();
    const name = `Zoë ${crypto.randomUUID()}`;
    await call("PATCH", "/api/users/me", { token: user.token, body: { name } });
    const hit = { kind: "user", id: user.userId, title: user.email };
    expect(await search(user.email.slice(3, 30))).toMatchObject([hit]);
    expect(await search(name.slice(1, 20))).toMatchObject([hit]);
    expect(await search(user.userId)).toMatchObject([hit]);
    expect(await search(` ${user.email.toUpperCase()} `)).toMatchObject([hit]);
  });

  it("finds an order by its id, its checkout session and its payment intent", async () => {
    const { userId, email } = sale.user;
    const id = await columnOf("orders", "id", userId);
    const order = { kind: "order", id, title: "Pack", status: "completed", user: { email } };
    expect(await search(id)).toMatchObject([order]);
    expect(await search(sale.sessionId)).toMatchObject([order]);
    const intentId = await columnOf("orders", "stripe_payment_intent_id", userId);
    expect(intentId).toMatch(/^pi_/);
    expect(await search(intentId)).toMatchObject([order]);
    expect(await search(await columnOf("checkout_sessions", "id", userId))).toMatchObject([order]);
  });

  it("finds a subscription, its invoice by two ids, and the customer", async () => {
    const { userId, email } = subscriber;
    const user = { id: userId, email };
    const [subscriptionId, invoiceId, customerId, intentId] = [
      await columnOf("subscriptions", "id", userId),
      await columnOf("subscription_invoices", "id", userId),
      await columnOf("customers", "stripe_customer_id", userId),
      await columnOf("subscription_invoices", "stripe_payment_intent_id", userId),
    ];
    expect(await search(subscriptionId)).toMatchObject([
      { kind: "subscription", id: subscriptionId, title: "Pro", status: "active", user },
    ]);
    const invoice = { kind: "invoice", id: invoiceId, status: "paid", user };
    expect(await search(invoiceId)).toMatchObject([invoice]);
    expect(await search(intentId)).toContainEqual(expect.objectContaining({ id: invoiceId }));
    expect(await search(customerId)).toMatchObject([{ kind: "user", id: userId }]);
  });

  it("finds a key by its beginning, all of it, and its id", async () => {
    const user = await signUp();
    const key = await createKey(user);
    const hit = { kind: "api_key", id: `key_${key.slice(3, 11)}`, user: { id: user.userId } };
    expect(await search(key.slice(0, 20))).toMatchObject([hit]);
    expect(await search(key)).toMatchObject([hit]);
    expect(await search(hit.id)).toMatchObject([hit]);
  });

  it("finds an event, and the events about a charge that is no sale of ours", async () => {
    const id = crypto.randomUUID().replaceAll("-", "");
    const event = buildEvent("charge.pending", `ch_${id}`);
    await deliverEvent(event);
    const hit = { kind: "event", id: event.id, title: "charge.pending" };
    expect(await search(`ch_${id}`)).toMatchObject([hit]);
    expect(await search(event.id)).toMatchObject([hit]);
  });

  it("finds a plan by its name", async () => {
    expect(await search("expiring pa")).toMatchObject([{ kind: "plan", title: "Expiring pack" }]);
  });

  it("finds nothing for what nobody has, and takes no pattern", async () => {
    for (const q of ["%%", "__", "ord_nothing", "sk_12345678", "key_nothing", "'\" or 1=1"])
      expect(await search(q), q).toEqual([]);
  });

  it.each(["q=", "q=a", "", "q=ab&limit=3"])("refuses ?%s, naming the field", async (query) => {
    const answer = await callAsAdmin("GET", `/api/admin/search?${query}`);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { code: "invalid_request" } });
  });
});
