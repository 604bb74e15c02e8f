import { Stripe } from "stripe";
import { expect, it } from "vitest";
import { emptySnapshot } from "../../dev/stripe/store.ts";
import { standInStripe, stripeClient } from "../support/stripe.ts";

const headers = {
  authorization: "Bearer sk_test_local",
  "content-type": "application/x-www-form-urlencoded",
};
const create = (key: string, body: string) =>
  new Request("http://stripe.test/v1/customers", {
    method: "POST",
    headers: { ...headers, "idempotency-key": key },
    body,
  });

it("the same key and parameters repeat the first answer, and no work", async () => {
  const stripe = standInStripe();
  const first = await stripe.fetch(create("k1", "email=a%40b.co&name=A"));
  const again = await stripe.fetch(create("k1", "name=A&email=a%40b.co"));
  expect(await again.text()).toBe(await first.text());
  expect([
    first.headers.get("idempotent-replayed"),
    again.headers.get("idempotent-replayed"),
  ]).toEqual([null, "true"]);
  expect(again.headers.get("original-request")).toBe(first.headers.get("request-id"));
  expect(Object.keys(stripe.control.snapshot().customers)).toHaveLength(1);
  expect(stripe.control.events()).toHaveLength(1);
});

it("the same key with other parameters or another endpoint is an error", async () => {
  const { client } = standInStripe();
  await client.customers.create({ email: "a@b.co" }, { idempotencyKey: "k2" });
  const other = client.customers.create({ email: "c@d.co" }, { idempotencyKey: "k2" });
  await expect(other).rejects.toBeInstanceOf(Stripe.errors.StripeIdempotencyError);
  await expect(
    client.products.create({ name: "It" }, { idempotencyKey: "k2" }),
  ).rejects.toMatchObject({
    statusCode: 400,
    type: "StripeIdempotencyError",
    message: expect.stringContaining("same endpoint"),
  });
});

it("a key whose request was refused before any work may be used again", async () => {
  const { client } = standInStripe();
  await expect(
    client.products.create({ name: "" }, { idempotencyKey: "k3" }),
  ).rejects.toMatchObject({ statusCode: 400 });
  await expect(
    client.products.create({ name: "It" }, { idempotencyKey: "k3" }),
  ).resolves.toMatchObject({ name: "It" });
});

it("a refusal during the work is repeated, even if it would now succeed", async () => {
  const { client } = standInStripe();
  const price = { currency: "usd", unit_amount: 100, product: "late_product" };
  const attempt = () => client.prices.create(price, { idempotencyKey: "k4" });
  await expect(attempt()).rejects.toMatchObject({ code: "resource_missing" });
  await client.products.create({ id: "late_product", name: "Late" });
  await expect(attempt()).rejects.toMatchObject({ code: "resource_missing" });
  await expect(client.prices.create(price, { idempotencyKey: "k5" })).resolves.toMatchObject({
    product: "late_product",
  });
});

it("a second request during the first one is refused", async () => {
  const stripe = standInStripe();
  stripe.control.nextRequests({ answer: "hang", seconds: 0.05 });
  const [first, second] = await Promise.all([
    stripe.fetch(create("k6", "name=A")),
    stripe.fetch(create("k6", "name=A")),
  ]);
  expect([second.status, await second.json()]).toMatchObject([
    409,
    { error: { code: "idempotency_key_in_use" } },
  ]);
  expect(first.status).toBe(504);
});

it("after a lost answer the client's own retry gets it, and the work is done once", async () => {
  const { control } = standInStripe();
  control.nextRequests({ answer: "lost", path: "/v1/customers" });
  const patient = stripeClient(undefined, { maxNetworkRetries: 1 });
  const customer = await patient.customers.create({ email: "a@b.co" });
  expect(Object.keys(control.snapshot().customers)).toEqual([customer.id]);
});

it("a key is forgotten after a day", async () => {
  const { client, control } = standInStripe();
  const first = await client.customers.create({}, { idempotencyKey: "k7" });
  control.advance(86_401);
  const second = await client.customers.create({ name: "B" }, { idempotencyKey: "k7" });
  expect(second.id).not.toBe(first.id);
});

it("a key longer than 255 characters is refused", async () => {
  const { client } = standInStripe();
  await expect(
    client.customers.create({}, { idempotencyKey: "k".repeat(256) }),
  ).rejects.toMatchObject({ statusCode: 400 });
});

const form = (
  path: string,
  fields: Record<string, string> = {},
  headers: Record<string, string> = {},
) =>
  new Request(`http://stripe.test${path}`, {
    method: "POST",
    headers,
    body: new URLSearchParams(fields),
  });

it("everything continues after a restart", async () => {
  const before = standInStripe();
  const session = await before.client.checkout.sessions.create({
    mode: "payment",
    line_items: [
      {
        price_data: { currency: "usd", unit_amount: 999, product_data: { name: "Pack" } },
        quantity: 1,
      },
    ],
    success_url: "http://shop.test/",
  });
  const customer = await before.client.customers.create({ name: "A" }, { idempotencyKey: "kept" });
  await before.pay(session.url ?? "", { number: "4000002500003155" });
  before.control.nextRequests({ answer: 500, path: "/v1/products" });
  before.control.nextEvents({ behaviour: "never", type: "customer.updated" });
  before.control.advance(3600);

  const after = standInStripe({ snapshot: JSON.parse(JSON.stringify(before.control.snapshot())) });
  expect(after.control.snapshot()).toEqual(before.control.snapshot());
  expect((await after.client.customers.create({ name: "A" }, { idempotencyKey: "kept" })).id).toBe(
    customer.id,
  );
  await expect(after.client.products.list()).rejects.toMatchObject({ statusCode: 500 });
  expect((await after.authenticate(session.url ?? "", "complete")).status).toBe(303);
  expect(await after.client.checkout.sessions.retrieve(session.id)).toMatchObject({
    status: "complete",
    payment_status: "paid",
  });
  await after.client.customers.update(customer.id, { name: "B" });
  const sent = await after.control.deliver();
  expect(sent.map((delivery) => delivery.type)).not.toContain("customer.updated");
  expect(sent.map((delivery) => delivery.type)).toContain("checkout.session.completed");
});

it("a snapshot is a copy: later changes are not in it", async () => {
  const { client, control } = standInStripe();
  const early = control.snapshot();
  const revision = control.revision();
  await client.customers.create({});
  expect(early).toEqual(emptySnapshot());
  expect(control.revision()).toBeGreaterThan(revision);
});

it("the page at / lists the state, with the switches, and escapes text", async () => {
  const stripe = standInStripe();
  await stripe.client.customers.create({ name: "A" });
  stripe.control.nextEvents({ behaviour: "late", type: "<b>" });
  const page = await (await stripe.open("http://stripe.test/")).text();
  expect(page).toContain("customer.created");
  expect(page).toContain("&lt;b&gt;");
  expect(page).not.toContain("<b>");
});

it("the switches work over HTTP as in code", async () => {
  const stripe = standInStripe();
  const flip = async (path: string, fields?: Record<string, string>) => {
    const response = await stripe.fetch(form(`/_local/${path}`, fields));
    return [response.status, await response.json()];
  };
  expect(await flip("next-events", { behaviour: "late", type: "", times: "1" })).toMatchObject([
    200,
    { done: true },
  ]);
  await stripe.client.customers.create({});
  expect(await flip("deliver")).toMatchObject([200, { result: [] }]);
  expect(await flip("release")).toMatchObject([200, { result: 1 }]);
  expect(await flip("deliver")).toMatchObject([200, { result: [{ type: "customer.created" }] }]);
  expect(await flip("next-requests", { answer: "429", path: "/v1/customers" })).toMatchObject([
    200,
    {},
  ]);
  await expect(stripe.client.customers.list()).rejects.toMatchObject({ statusCode: 429 });
  const session = await stripe.client.checkout.sessions.create({
    mode: "payment",
    line_items: [
      {
        price_data: { currency: "usd", unit_amount: 999, product_data: { name: "Pack" } },
        quantity: 1,
      },
    ],
    success_url: "http://shop.test/",
  });
  expect(await flip(`sessions/${session.id}/settle`, { outcome: "succeeded" })).toMatchObject([
    400,
    {},
  ]);
  await stripe.pay(session.url ?? "", { method: "us_bank_account" });
  expect(await flip(`sessions/${session.id}/settle`, { outcome: "succeeded" })).toMatchObject([
    200,
    {},
  ]);
  expect(await flip(`sessions/${session.id}/expire`)).toMatchObject([400, {}]);
  expect(await flip("events/evt_none/resend")).toMatchObject([400, {}]);
  expect(await flip("advance", { seconds: "-1" })).toMatchObject([
    400,
    { error: { param: "seconds" } },
  ]);
  const state = await (await stripe.open("http://stripe.test/_local/state")).json();
  expect(state).toMatchObject({
    sessions: [{ id: session.id, payment_status: "paid" }],
    switches: { rules: [] },
  });
});

it("a person is redirected to the page; other sites cannot use the switches", async () => {
  const stripe = standInStripe();
  const person = await stripe.fetch(
    form("/_local/clear", {}, { accept: "text/html", origin: "http://stripe.test" }),
  );
  expect([person.status, person.headers.get("location")]).toEqual([303, "/"]);
  const stranger = await stripe.fetch(
    form("/_local/advance", { seconds: "5" }, { origin: "http://evil.test" }),
  );
  expect([stranger.status, stripe.control.snapshot().offsetSeconds]).toEqual([400, 0]);
});
