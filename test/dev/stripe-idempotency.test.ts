import { Stripe } from "stripe";
import { expect, it } from "vitest";
import { standInStripe, stripeClient } from "../support/stripe.ts";

const headers = { authorization: "Bearer sk_test_local", "content-type": "application/x-www-form-urlencoded" };
const create = (key: string, body: string) =>
  new Request("http://stripe.test/v1/customers", { method: "POST", headers: { ...headers, "idempotency-key": key }, body });

it("the same key and parameters give the first answer again, and nothing twice", async () => {
  const stripe = standInStripe();
  const first = await stripe.fetch(create("k1", "email=a%40b.co&name=A"));
  const again = await stripe.fetch(create("k1", "name=A&email=a%40b.co"));
  expect(await again.text()).toBe(await first.text());
  expect([first.headers.get("idempotent-replayed"), again.headers.get("idempotent-replayed")]).toEqual([null, "true"]);
  expect(again.headers.get("original-request")).toBe(first.headers.get("request-id"));
  expect(Object.keys(stripe.control.snapshot().customers)).toHaveLength(1);
  expect(stripe.control.events()).toHaveLength(1);
});

it("the same key with other parameters, or at another endpoint, is an idempotency error", async () => {
  const { client } = standInStripe();
  await client.customers.create({ email: "a@b.co" }, { idempotencyKey: "k2" });
  const other = client.customers.create({ email: "c@d.co" }, { idempotencyKey: "k2" });
  await expect(other).rejects.toBeInstanceOf(Stripe.errors.StripeIdempotencyError);
  await expect(client.products.create({ name: "It" }, { idempotencyKey: "k2" })).rejects.toMatchObject({
    statusCode: 400,
    type: "StripeIdempotencyError",
    message: expect.stringContaining("same endpoint"),
  });
});

it("a key whose request was refused before anything began may be used again", async () => {
  const { client } = standInStripe();
  await expect(client.products.create({ name: "" }, { idempotencyKey: "k3" })).rejects.toMatchObject({ statusCode: 400 });
  await expect(client.products.create({ name: "It" }, { idempotencyKey: "k3" })).resolves.toMatchObject({ name: "It" });
});

it("a refusal that came while the work was done is given again, even when it would succeed by now", async () => {
  const { client } = standInStripe();
  const price = { currency: "usd", unit_amount: 100, product: "late_product" };
  const attempt = () => client.prices.create(price, { idempotencyKey: "k4" });
  await expect(attempt()).rejects.toMatchObject({ code: "resource_missing" });
  await client.products.create({ id: "late_product", name: "Late" });
  await expect(attempt()).rejects.toMatchObject({ code: "resource_missing" });
  await expect(client.prices.create(price, { idempotencyKey: "k5" })).resolves.toMatchObject({ product: "late_product" });
});

it("a second request while the first is still running is told to wait", async () => {
  const stripe = standInStripe();
  stripe.control.nextRequests({ answer: "hang", seconds: 0.05 });
  const [first, second] = await Promise.all([stripe.fetch(create("k6", "name=A")), stripe.fetch(create("k6", "name=A"))]);
  expect([second.status, await second.json()]).toMatchObject([409, { error: { code: "idempotency_key_in_use" } }]);
  expect(first.status).toBe(504);
});

it("an answer that was lost on the way is got by the client's own retry, and the work is done once", async () => {
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

it("a key longer than 255 characters is refused, and keys mean nothing to a GET", async () => {
  const { client } = standInStripe();
  await expect(client.customers.create({}, { idempotencyKey: "k".repeat(256) })).rejects.toMatchObject({ statusCode: 400 });
  await client.customers.list({ limit: 1 }, { idempotencyKey: "k8" });
  await expect(client.customers.list({ limit: 2 }, { idempotencyKey: "k8" })).resolves.toMatchObject({ object: "list" });
});
