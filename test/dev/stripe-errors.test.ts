import { Stripe } from "stripe";
import { expect, it } from "vitest";
import { parseForm } from "../../dev/stripe/form.ts";
import { standInStripe, stripeClient } from "../support/stripe.ts";

const sessionParams = (change: object = {}) => ({
  mode: "payment" as const,
  line_items: [
    {
      price_data: { currency: "usd", unit_amount: 999, product_data: { name: "Starter" } },
      quantity: 1,
    },
  ],
  success_url: "http://shop.test/done",
  ...change,
});

it("a wrong key is an authentication error that does not show the key", async () => {
  standInStripe();
  const wrongClient = stripeClient("sk_test_quite_another_key");
  const error: unknown = await wrongClient.customers.list().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(Stripe.errors.StripeAuthenticationError);
  expect(error).toMatchObject({
    statusCode: 401,
    type: "StripeAuthenticationError",
    requestId: expect.stringMatching(/^req_/),
  });
  expect(String(error)).not.toContain("quite_another");
});

it("a request without a key, or with a publishable one, is refused", async () => {
  const stripe = standInStripe();
  const request = async (authorization?: string) => {
    const headers = new Headers(authorization === undefined ? {} : { authorization });
    const response = await stripe.fetch(
      new Request("http://stripe.test/v1/customers", { headers }),
    );
    return [response.status, await response.json()];
  };
  expect(await request()).toMatchObject([
    401,
    { error: { message: expect.stringContaining("You did not provide an API key") } },
  ]);
  expect(await request("Bearer pk_test_1")).toMatchObject([
    401,
    { error: { code: "secret_key_required" } },
  ]);
  expect(await request("nonsense")).toMatchObject([
    401,
    { error: { type: "invalid_request_error" } },
  ]);
  expect(await request(`Basic ${btoa("sk_test_local:")}`)).toMatchObject([200, { object: "list" }]);
});

it("an unknown route, or a real one that is not modelled, is refused", async () => {
  const { client } = standInStripe();
  await expect(client.balance.retrieve()).rejects.toMatchObject({
    statusCode: 404,
    message: expect.stringContaining("Unrecognized request URL (GET: /v1/balance)"),
  });
  await expect(
    client.paymentLinks.create({ line_items: [{ price: "price_1", quantity: 1 }] }),
  ).rejects.toBeInstanceOf(Stripe.errors.StripeInvalidRequestError);
});

it("another API version is refused, and the modelled one is echoed", async () => {
  const stripe = standInStripe();
  const request = (version: string) =>
    stripe.fetch(
      new Request("http://stripe.test/v1/customers", {
        headers: { authorization: "Bearer sk_test_local", "stripe-version": version },
      }),
    );
  expect((await request("2020-08-27")).status).toBe(400);
  const answer = await request(Stripe.API_VERSION);
  expect([answer.status, answer.headers.get("stripe-version")]).toEqual([200, Stripe.API_VERSION]);
});

it.each([
  ["unknown", { colour: "red" }, { code: "parameter_unknown", param: "colour" }],
  [
    "known to Stripe but not modelled",
    { name_collection: { business: { enabled: true } } },
    { code: "parameter_unknown", param: "name_collection" },
  ],
  ["missing", { success_url: undefined }, { code: "parameter_missing", param: "success_url" }],
  [
    "no integer",
    { expires_at: "soon" },
    { code: "parameter_invalid_integer", param: "expires_at" },
  ],
  [
    "empty",
    { client_reference_id: "" },
    { code: "parameter_invalid_empty", param: "client_reference_id" },
  ],
  ["no URL", { success_url: "shop" }, { code: "url_invalid", param: "success_url" }],
  ["no address", { customer_email: "me" }, { code: "email_invalid", param: "customer_email" }],
  [
    "outside of its values",
    { mode: "lease" },
    { param: "mode", message: expect.stringContaining("Invalid mode: must be one of") },
  ],
  ["a string where a hash belongs", { metadata: "x" }, { param: "metadata" }],
  [
    "a hash where a string belongs",
    { client_reference_id: { a: "b" } },
    { param: "client_reference_id" },
  ],
  ["too long", { client_reference_id: "x".repeat(201) }, { param: "client_reference_id" }],
  ["no boolean", { allow_promotion_codes: "yes" }, { param: "allow_promotion_codes" }],
  [
    "a deleted or unknown customer",
    { customer: "cus_none" },
    { code: "resource_missing", param: "customer", statusCode: 400 },
  ],
  [
    "two that exclude each other",
    { customer: "cus_none", customer_email: "a@b.co" },
    { param: "customer_email" },
  ],
  ["too soon", { expires_at: Math.floor(Date.now() / 1000) + 60 }, { param: "expires_at" }],
  ["too late", { expires_at: Math.floor(Date.now() / 1000) + 90_000 }, { param: "expires_at" }],
  ["empty of items", { line_items: [] }, { code: "parameter_missing", param: "line_items" }],
  [
    "an unknown price",
    { line_items: [{ price: "price_none", quantity: 1 }] },
    { code: "resource_missing", param: "line_items[0][price]" },
  ],
  ["no quantity", { line_items: [{ price: "price_none" }] }, { param: "line_items[0]" }],
  [
    "a key too long",
    { metadata: { ["k".repeat(41)]: "v" } },
    { param: `metadata[${"k".repeat(41)}]` },
  ],
  ["not expandable", { expand: ["created"] }, { param: "expand" }],
  [
    "not expandable that deep",
    { expand: ["customer.default_source.customer"] },
    { param: "expand" },
  ],
])("a parameter that is %s is an invalid request that names it", async (_, change, expected) => {
  const { client, control } = standInStripe();
  const error: unknown = await client.checkout.sessions
    .create(sessionParams(change))
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(Stripe.errors.StripeInvalidRequestError);
  expect(error).toMatchObject({ statusCode: 400, ...expected });
  expect(control.snapshot().sessions).toEqual({});
  expect(control.events()).toEqual([]);
});

it("a refused session leaves nothing behind, not even an item's inline price", async () => {
  const { client, control } = standInStripe();
  const items = [...sessionParams().line_items, { price: "price_none", quantity: 1 }];
  await expect(
    client.checkout.sessions.create(sessionParams({ line_items: items })),
  ).rejects.toMatchObject({
    code: "resource_missing",
  });
  const { prices, products } = control.snapshot();
  expect([prices, products, control.events(), control.deliveries()]).toEqual([{}, {}, [], []]);
});

it.each([
  ["usd", 49, "amount_too_small"],
  ["usd", 99_999_999, undefined],
  ["jpy", 49, "amount_too_small"],
  ["jpy", 50, undefined],
  ["kwd", 1250, undefined],
  ["kwd", 1255, null],
  ["isk", 50_050, null],
  ["isk", 50_000, undefined],
  // Elsewhere an amount has to be worth 50 cents of the account's own currency.
  ["egp", 100, "amount_too_small"],
  ["egp", 5000, undefined],
  ["krw", 500, "amount_too_small"],
  ["krw", 1000, undefined],
  ["usd", 0, undefined],
] as const)("%s %d is charged as Stripe would", async (currency, unit_amount, code) => {
  const { client } = standInStripe();
  const line_items = [
    { price_data: { currency, unit_amount, product_data: { name: "It" } }, quantity: 1 },
  ];
  const request = client.checkout.sessions.create(sessionParams({ line_items }));
  if (code === undefined)
    await expect(request).resolves.toMatchObject({ amount_total: unit_amount, currency });
  else
    await expect(request).rejects.toMatchObject({
      statusCode: 400,
      ...(code === null ? {} : { code }),
    });
});

it.each([
  [400, Stripe.errors.StripeInvalidRequestError],
  [402, Stripe.errors.StripeCardError],
  [429, Stripe.errors.StripeRateLimitError],
  [500, Stripe.errors.StripeAPIError],
] as const)(
  "a switch makes the API answer %d, once, and do nothing",
  async (answer, errorClass) => {
    const { client, control } = standInStripe();
    control.nextRequests({ answer, path: "/v1/customers" });
    await expect(client.customers.create({ email: "a@b.co" })).rejects.toBeInstanceOf(errorClass);
    expect(control.snapshot().customers).toEqual({});
    await expect(client.customers.create({ email: "a@b.co" })).resolves.toMatchObject({
      email: "a@b.co",
    });
  },
);

it("a fault waits for its path and method", async () => {
  const { client, control } = standInStripe();
  control.nextRequests({ answer: 500, path: "/v1/customers", method: "POST", times: 2 });
  await client.products.create({ name: "It" });
  await client.customers.list();
  await expect(client.customers.create({})).rejects.toMatchObject({ statusCode: 500 });
  await expect(client.customers.create({})).rejects.toMatchObject({ statusCode: 500 });
  await client.customers.create({});
});

it.each([
  ["/v1/customers", ["/v1/customers"]],
  ["/v1/customers/:id", ["/v1/customers/cus_1"]],
  ["/v1/customers/", ["/v1/customers/cus_1", "/v1/customers/cus_1/payment_methods"]],
])("a fault at %s meets no other path", async (path, met) => {
  const { fetch, control } = standInStripe();
  control.nextRequests({ answer: 429, path, times: 10 });
  const asked = ["/v1/customers", "/v1/customers/cus_1", "/v1/customers/cus_1/payment_methods"];
  const answers = await Promise.all(
    asked.map((one) => {
      const headers = { authorization: "Bearer sk_test_local" };
      return fetch(new Request(`http://stripe.test${one}`, { headers }));
    }),
  );
  expect(asked.filter((_, index) => answers[index]?.status === 429)).toEqual(met);
});

it("a client gives up on an API that hangs, and no work is done", async () => {
  const { control } = standInStripe();
  control.nextRequests({ answer: "hang", path: "/v1/customers", seconds: 1 });
  const impatient = stripeClient(undefined, { timeout: 20, maxNetworkRetries: 0 });
  await expect(impatient.customers.create({})).rejects.toBeInstanceOf(
    Stripe.errors.StripeConnectionError,
  );
  expect(control.snapshot().customers).toEqual({});
});

it("a body that is not a form is refused", async () => {
  const stripe = standInStripe();
  const headers = { authorization: "Bearer sk_test_local", "content-type": "application/json" };
  const request = new Request("http://stripe.test/v1/customers", {
    method: "POST",
    headers,
    body: "{}",
  });
  const response = await stripe.fetch(request);
  expect([response.status, await response.text()]).toEqual([
    400,
    expect.stringContaining("application/x-www-form-urlencoded"),
  ]);
});

it.each([
  ["a=1&b=", { a: "1", b: "" }],
  ["a[b]=1&a[c][d]=2", { a: { b: "1", c: { d: "2" } } }],
  ["a[0][b]=1&a[1][b]=2", { a: { "0": { b: "1" }, "1": { b: "2" } } }],
  ["a[]=x&a[]=y", { a: { "0": "x", "1": "y" } }],
  ["a%5Bb%5D=caf%C3%A9+%26", { a: { b: "café &" } }],
  ["a=1&a=2", { a: "2" }],
  ["a[b=1&]=2", { "a[b": "1", "]": "2" }],
])("%s is parsed as Stripe parses it", (text, expected) => {
  expect(JSON.parse(JSON.stringify(parseForm(text)))).toEqual(expected);
});

it.each(["a=1&a[b]=2", "a[b]=2&a=1"])("%s is both a value and a hash, and is refused", (text) => {
  expect(() => parseForm(text)).toThrow("as a value and as a hash");
});

it("a key such as __proto__ is a key like any other", () => {
  const tree = parseForm("__proto__[polluted]=1&constructor[prototype][polluted]=1");
  expect(Object.keys(tree)).toEqual(["__proto__", "constructor"]);
  expect(Reflect.get({}, "polluted")).toBeUndefined();
});
