import { Stripe } from "stripe";
import { beforeAll, describe, expect, it } from "vitest";
import { createLocalStripe } from "../../dev/stripe/app.ts";
import { trafficProblems } from "../stripe-contract/exchange.ts";
import type { Exchange, SentEvent } from "../stripe-contract/traffic.ts";

const KEY = "sk_test_local";
const exchanges: Exchange[] = [];
let events: readonly SentEvent[] = [];

/** Records a sale, a subscription and its change, as the Worker makes them. */
async function recordTraffic(): Promise<void> {
  const local = createLocalStripe({ origin: "http://stripe.test", secretKey: KEY });
  const httpClient = Stripe.createFetchHttpClient(async (input, init) => {
    const request = new Request(input, init);
    const { pathname, search } = new URL(request.url);
    const body = await request.clone().text();
    const response = await local.fetch(request);
    exchanges.push({
      method: request.method,
      path: pathname,
      params: body === "" ? search.slice(1) : body,
      idempotencyKey: request.headers.get("idempotency-key"),
      status: response.status,
      answer: await response.clone().text(),
      isOfWorker: true,
    });
    return response;
  });
  const host = { host: "stripe.test", port: 80, protocol: "http" } as const;
  const stripe = new Stripe(KEY, { ...host, maxNetworkRetries: 0, httpClient });
  const { id: customer } = await stripe.customers.create({ email: "buyer@example.com" });
  const { id: card } = await stripe.paymentMethods.attach("pm_card_visa", { customer });
  const { id: product } = await stripe.products.create({ name: "Pro" });
  const recurring = { interval: "month" } as const;
  const price = { currency: "usd", product, unit_amount: 1500, recurring };
  const [small, large] = [
    await stripe.prices.create(price),
    await stripe.prices.create({ ...price, unit_amount: 4900 }),
  ];
  await stripe.checkout.sessions.create({
    mode: "payment",
    customer,
    success_url: "http://shop.test/",
    line_items: [{ quantity: 1, price_data: { currency: "usd", product, unit_amount: 500 } }],
    metadata: { orderId: "ord_1" },
  });
  const subscription = await stripe.subscriptions.create({
    customer,
    default_payment_method: card,
    items: [{ price: small.id }],
  });
  const { id } = subscription;
  await stripe.subscriptions.update(id, {
    items: [{ id: subscription.items.data[0]?.id ?? "", price: large.id }],
    proration_behavior: "always_invoice",
  });
  await stripe.subscriptions.retrieve(id);
  await stripe.invoices.list({ subscription: id, expand: ["data.payments"] });
  events = local.control.events().map(({ type, data }) => ({ type, data }));
}

/** Returns a recorded exchange, changed. */
function asked(method: string, path: RegExp, change: Partial<Exchange> = {}): Exchange {
  const found = exchanges.find((one) => one.method === method && path.test(one.path));
  if (found === undefined) throw new Error(`${method} ${path} was not recorded`);
  return { ...found, ...change };
}

const [SESSIONS, SUBSCRIPTION] = [/^\/v1\/checkout\/sessions$/, /^\/v1\/subscriptions\/\w+$/];

function withParam(exchange: Exchange, param: string): Exchange {
  return { ...exchange, params: `${exchange.params}&${param}` };
}

function withAnswer(exchange: Exchange, from: RegExp, to: string): Exchange {
  const answer = exchange.answer.replace(from, to);
  if (answer === exchange.answer) throw new Error(`the answer has no ${from}`);
  return { ...exchange, answer };
}

const session = () => asked("POST", SESSIONS);
const update = () => asked("POST", SUBSCRIPTION);
const subscription = () => asked("GET", SUBSCRIPTION);
const invoices = () => asked("GET", /^\/v1\/invoices$/);

/** Faults in what is asked or answered, each with words of the problem that has to be found. */
const FAULTS: Readonly<Record<string, [() => Exchange, string]>> = {
  "an unknown parameter": [() => withParam(session(), "colour=red"), "colour"],
  "an unknown parameter in a hash": [
    () => withParam(session(), "subscription_data[colour]=red"),
    "subscription_data.colour",
  ],
  "an unknown parameter in a list": [
    () => withParam(update(), "items[0][colour]=red"),
    "items[].colour",
  ],
  "a text for a number": [() => withParam(session(), "expires_at=tomorrow"), "expires_at"],
  "a text for a boolean": [
    () => withParam(update(), "cancel_at_period_end=maybe"),
    "cancel_at_period_end",
  ],
  "a value that an enum has not": [
    () => withParam(session(), "customer_creation=maybe"),
    "customer_creation",
  ],
  "a text for a hash": [
    () => withParam(update(), "billing_cycle_anchor=now"),
    "billing_cycle_anchor",
  ],
  "a hash for a text": [
    () => withParam(update(), "default_payment_method[id]=pm_1"),
    "default_payment_method",
  ],
  "a missing parameter": [
    () => asked("POST", /^\/v1\/products$/, { params: "" }),
    "name: is missing",
  ],
  "an expansion of an unknown field": [
    () => ({ ...subscription(), params: "expand[]=invoice" }),
    "expand invoice",
  ],
  "an expansion of a list without data": [
    () => ({ ...invoices(), params: "expand[]=payments" }),
    "expand payments",
  ],
  "an expansion of five levels": [
    () => ({ ...invoices(), params: "expand[]=data.payments.data.payment.payment_intent" }),
    "four levels",
  ],
  "an expansion of what is always sent": [
    () => ({ ...subscription(), params: "expand[]=items" }),
    "always sent",
  ],
  "a key that is too long": [
    () => ({ ...session(), idempotencyKey: "k".repeat(256) }),
    "256 characters",
  ],
  "a key on a GET": [() => ({ ...subscription(), idempotencyKey: "k" }), "no effect"],
  "metadata that is too long": [
    () => withParam(session(), `metadata[note]=${"x".repeat(501)}`),
    "metadata.note",
  ],
  "an unknown operation": [
    () => ({ ...subscription(), path: "/v1/subscription_things/1" }),
    "no such operation",
  ],
  "a field that is not sent": [
    () => withAnswer(subscription(), /"status": "active",/, ""),
    ".status: is missing",
  ],
  "a field of another type": [
    () => withAnswer(subscription(), /"created": \d+/, '"created": "now"'),
    ".created",
  ],
  "a field that Stripe has not": [
    () => withAnswer(subscription(), /"created"/, '"current_period_end": 1, "created"'),
    ".current_period_end",
  ],
  "a wrong field in a list": [
    () => withAnswer(invoices(), /"status": "paid"/, '"status": 7'),
    ".data[].",
  ],
  "an enum's unknown value": [
    () => withAnswer(subscription(), /"status": "active"/, '"status": "asleep"'),
    ".status",
  ],
};

const invoicePaid = (): SentEvent => {
  const found = events.find(({ type }) => type === "invoice.paid");
  if (found === undefined) throw new Error("invoice.paid was not recorded");
  return found;
};

describe("the contract of Stripe", () => {
  beforeAll(recordTraffic);

  it("is kept by what was recorded", () => {
    expect(exchanges.length).toBeGreaterThan(8);
    expect(events.length).toBeGreaterThan(10);
    expect(trafficProblems({ exchanges, events })).toEqual([]);
  });

  it.each(Object.entries(FAULTS))("is broken by %s", (_, [plant, words]) => {
    const problems = trafficProblems({ exchanges: [plant()], events: [] });
    expect(problems.join("\n")).toContain(words);
  });

  it("is broken by an event of an unknown type", () => {
    const event = { ...invoicePaid(), type: "invoice.bought" };
    expect(trafficProblems({ exchanges: [], events: [event] })).toHaveLength(1);
  });

  it("is broken by an event about an object of another type, or without a field", () => {
    const { type, data } = invoicePaid();
    const { currency: _, ...object }: { currency?: string } = { ...data.object };
    expect(trafficProblems({ exchanges: [], events: [{ type, data: { object } }] })).toEqual([
      "event invoice.paid: .currency: is missing",
    ]);
    const other = { type: "charge.refunded", data };
    expect(trafficProblems({ exchanges: [], events: [other] })).not.toEqual([]);
  });

  it("lets a test ask for what Stripe refuses, and not the Worker", () => {
    const refused = { ...withParam(session(), "colour=red"), status: 400, answer: "{}" };
    const error = JSON.stringify({ error: { type: "invalid_request_error", message: "no" } });
    const ofTest = { ...refused, answer: error, isOfWorker: false };
    expect(trafficProblems({ exchanges: [ofTest], events: [] })).toEqual([]);
    const ofWorker = { ...ofTest, isOfWorker: true };
    expect(trafficProblems({ exchanges: [ofWorker], events: [] })).toHaveLength(1);
    expect(trafficProblems({ exchanges: [refused], events: [] })).not.toEqual([]);
  });
});
