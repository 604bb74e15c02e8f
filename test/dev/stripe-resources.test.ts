import { expect, it } from "vitest";
import { standInStripe } from "../support/stripe.ts";

async function standInSevenCustomers() {
  const stripe = standInStripe();
  for (let index = 1; index <= 7; index += 1)
    await stripe.client.customers.create({ name: String(index) });
  return stripe;
}
const names = (rows: readonly { name?: string | null }[]) => rows.map((row) => row.name).join("");

it("a list is newest first, has ten by default, and tells whether there are more", async () => {
  const { client } = await standInSevenCustomers();
  const all = await client.customers.list();
  expect([names(all.data), all.has_more, all.url]).toEqual(["7654321", false, "/v1/customers"]);
  expect(await client.customers.list({ limit: 7 })).toMatchObject({ has_more: false });
  for (let index = 8; index <= 11; index += 1) await client.customers.create({ name: "x" });
  const page = await client.customers.list();
  expect([page.data.length, page.has_more]).toEqual([10, true]);
});

it("pages go forward and back", async () => {
  const { client } = await standInSevenCustomers();
  const first = await client.customers.list({ limit: 3 });
  const second = await client.customers.list({
    limit: 3,
    starting_after: first.data.at(-1)?.id ?? "",
  });
  const last = await client.customers.list({
    limit: 3,
    starting_after: second.data.at(-1)?.id ?? "",
  });
  expect([first, second, last].map((page) => [names(page.data), page.has_more])).toEqual([
    ["765", true],
    ["432", true],
    ["1", false],
  ]);
  const previousPage = await client.customers.list({
    limit: 3,
    ending_before: last.data[0]?.id ?? "",
  });
  expect([names(previousPage.data), previousPage.has_more]).toEqual(["432", true]);
  const start = await client.customers.list({
    limit: 3,
    ending_before: previousPage.data[0]?.id ?? "",
  });
  expect([names(start.data), start.has_more]).toEqual(["765", false]);
});

it("the client iterates over all pages", async () => {
  const { client } = await standInSevenCustomers();
  const names: string[] = [];
  for await (const customer of client.customers.list({ limit: 2 })) names.push(customer.name ?? "");
  expect(names.join("")).toBe("7654321");
});

it.each([
  [{ limit: 0 }, "limit"],
  [{ limit: 101 }, "limit"],
  [{ starting_after: "cus_none" }, "starting_after"],
  [{ starting_after: "cus_a", ending_before: "cus_b" }, "starting_after"],
])("a page requested with %o is refused", async (params, param) => {
  const { client } = standInStripe();
  await expect(client.customers.list(params)).rejects.toMatchObject({ statusCode: 400, param });
});

it("lists are filtered by their parameters", async () => {
  const { client, control } = await standInSevenCustomers();
  const { created } = await client.customers.create({ email: "a@b.co" });
  control.advance(100);
  await client.customers.create({ email: "c@d.co" });
  expect((await client.customers.list({ email: "a@b.co" })).data).toHaveLength(1);
  expect((await client.customers.list({ created: { gte: created + 50 } })).data).toHaveLength(1);
  expect((await client.customers.list({ created: { lt: created + 50 } })).data).toHaveLength(8);
  await expect(client.customers.list({ created: { gte: 1.5 } })).rejects.toMatchObject({
    param: "created[gte]",
  });
});

it("expand replaces ids by objects, through lists and in depth", async () => {
  const stripe = standInStripe();
  const { client } = stripe;
  const product = await client.products.create({ name: "Pack" });
  const price = await client.prices.create({
    product: product.id,
    currency: "usd",
    unit_amount: 500,
  });
  const customer = await client.customers.create({ email: "a@b.co" });
  const session = await client.checkout.sessions.create({
    mode: "payment",
    customer: customer.id,
    line_items: [{ price: price.id, quantity: 3 }],
    success_url: "http://shop.test/",
  });
  await stripe.pay(session.url ?? "");
  const [listed] = (
    await client.checkout.sessions.list({ expand: ["data.customer", "data.line_items"] })
  ).data;
  expect(listed).toMatchObject({
    customer: { id: customer.id },
    line_items: { data: [{ price: { id: price.id } }] },
  });
  const one = await client.checkout.sessions.retrieve(session.id, {
    expand: [
      "payment_intent.latest_charge.customer",
      "line_items.data.price.product",
      "subscription",
    ],
  });
  expect(one).toMatchObject({
    customer: customer.id,
    subscription: null,
    payment_intent: { latest_charge: { customer: { id: customer.id } } },
    line_items: { data: [{ price: { product: { id: product.id, name: "Pack" } } }] },
  });
  expect(await client.checkout.sessions.retrieve(session.id)).not.toHaveProperty("line_items");
  await expect(
    client.checkout.sessions.retrieve(session.id, { expand: ["line_items.price"] }),
  ).rejects.toMatchObject({
    message: expect.stringContaining("cannot be expanded"),
  });
  await expect(
    client.checkout.sessions.list({ expand: ["data.payment_intent.latest_charge.customer.x"] }),
  ).rejects.toMatchObject({
    message: expect.stringContaining("more than 4 levels"),
  });
});

const item = (name: string) => ({
  price_data: { currency: "usd", unit_amount: 100, product_data: { name } },
  quantity: 1,
});
it("the items of a session have pages of their own", async () => {
  const { client } = standInStripe();
  const session = await client.checkout.sessions.create({
    mode: "payment",
    line_items: [item("a"), item("b"), item("c")],
    success_url: "http://shop.test/",
  });
  const names: (string | null)[] = [];
  for await (const one of client.checkout.sessions.listLineItems(session.id, { limit: 2 }))
    names.push(one.description);
  expect(names).toEqual(["a", "b", "c"]);
  await expect(client.checkout.sessions.listLineItems("cs_none")).rejects.toMatchObject({
    statusCode: 404,
  });
});

it("a customer is created, changed, found and deleted", async () => {
  const { client } = standInStripe();
  const made = await client.customers.create({
    email: "a@b.co",
    address: { city: "Bonn", country: "DE" },
    metadata: { user: "usr_1" },
  });
  expect(made).toMatchObject({
    address: { city: "Bonn", line1: null },
    metadata: { user: "usr_1" },
    livemode: false,
  });
  const changed = await client.customers.update(made.id, {
    name: "A",
    email: "",
    metadata: { user: "", plan: "pro" },
  });
  expect(changed).toMatchObject({ name: "A", email: null, metadata: { plan: "pro" } });
  expect(await client.customers.update(made.id, { metadata: "" })).toMatchObject({ metadata: {} });
  expect(await client.customers.del(made.id)).toEqual(
    expect.objectContaining({ id: made.id, deleted: true }),
  );
  expect(await client.customers.retrieve(made.id)).toMatchObject({ deleted: true });
  expect((await client.customers.list()).data).toEqual([]);
  await expect(client.customers.update(made.id, { name: "B" })).rejects.toMatchObject({
    statusCode: 404,
    code: "resource_missing",
  });
  await expect(client.customers.del(made.id)).rejects.toMatchObject({ statusCode: 404 });
  await expect(client.customers.retrieve("toString")).rejects.toMatchObject({ statusCode: 404 });
});

it("a product is created with a chosen id, once, and changed", async () => {
  const { client } = standInStripe();
  await client.products.create({
    id: "pack_100",
    name: "100 credits",
    metadata: { credits: "100" },
  });
  await expect(client.products.create({ id: "pack_100", name: "again" })).rejects.toMatchObject({
    code: "resource_already_exists",
  });
  const changed = await client.products.update("pack_100", {
    active: false,
    description: "Credits",
  });
  expect(changed).toMatchObject({
    active: false,
    description: "Credits",
    metadata: { credits: "100" },
  });
  expect((await client.products.list({ active: true })).data).toEqual([]);
  expect((await client.products.list({ ids: ["pack_100", "other"] })).data).toHaveLength(1);
  const price = await client.prices.create({
    product: "pack_100",
    currency: "usd",
    unit_amount: 100,
  });
  expect(await client.products.update("pack_100", { default_price: price.id })).toMatchObject({
    default_price: price.id,
  });
  await expect(
    client.products.update("pack_100", { default_price: "price_none" }),
  ).rejects.toMatchObject({
    param: "default_price",
  });
});

it("a price has the fields and types of the real API", async () => {
  const { client } = standInStripe();
  const price = await client.prices.create({
    currency: "USD",
    unit_amount: 1500,
    recurring: { interval: "month" },
    product_data: { name: "Pro" },
    metadata: { plan: "pro" },
  });
  expect(price).toMatchObject({
    type: "recurring",
    currency: "usd",
    recurring: { interval: "month", interval_count: 1, usage_type: "licensed" },
    unit_amount: 1500,
    metadata: { plan: "pro" },
  });
  expect(price.unit_amount_decimal?.toNumber()).toBe(1500);
  await expect(client.prices.create({ currency: "usd", unit_amount: 1 })).rejects.toMatchObject({
    code: "parameter_missing",
  });
  await expect(
    client.prices.create({ currency: "xxx", unit_amount: 1, product: "p" }),
  ).rejects.toMatchObject({
    param: "currency",
  });
});

it("a lookup key finds one price, and is transferred only on request", async () => {
  const { client } = standInStripe();
  const { id: product } = await client.products.create({ name: "Pack" });
  const make = (unit_amount: number, transfer_lookup_key?: boolean) =>
    client.prices.create({
      product,
      currency: "usd",
      unit_amount,
      lookup_key: "pack",
      ...(transfer_lookup_key && { transfer_lookup_key }),
    });
  const first = await make(100);
  await expect(make(200)).rejects.toMatchObject({ statusCode: 400, param: "lookup_key" });
  const second = await make(200, true);
  expect((await client.prices.list({ lookup_keys: ["pack"] })).data).toMatchObject([
    { id: second.id, unit_amount: 200 },
  ]);
  expect(await client.prices.retrieve(first.id)).toMatchObject({ lookup_key: null });
  await client.prices.update(first.id, { lookup_key: "pack", transfer_lookup_key: true });
  expect((await client.prices.list({ lookup_keys: ["pack"] })).data).toMatchObject([
    { id: first.id },
  ]);
});

it("a session takes a price in the requested currency, if the price has it", async () => {
  const { client } = standInStripe();
  const price = await client.prices.create({
    currency: "usd",
    unit_amount: 1000,
    currency_options: { eur: { unit_amount: 900 } },
    product_data: { name: "Pack" },
  });
  expect(price).not.toHaveProperty("currency_options");
  expect(await client.prices.retrieve(price.id, { expand: ["currency_options"] })).toMatchObject({
    currency_options: { usd: { unit_amount: 1000 }, eur: { unit_amount: 900 } },
  });
  const open = (currency?: string) =>
    client.checkout.sessions.create({
      mode: "payment",
      line_items: [{ price: price.id, quantity: 2 }],
      success_url: "http://shop.test/",
      ...(currency === undefined ? {} : { currency }),
    });
  expect(await open()).toMatchObject({ currency: "usd", amount_total: 2000 });
  expect(await open("eur")).toMatchObject({ currency: "eur", amount_total: 1800 });
  await expect(open("gbp")).rejects.toMatchObject({
    statusCode: 400,
    param: "line_items[0][price]",
  });
});

it("archived and recurring prices are not sold in payment mode", async () => {
  const { client } = standInStripe();
  const archived = await client.prices.create({
    currency: "usd",
    unit_amount: 100,
    active: false,
    product_data: { name: "Old" },
  });
  const monthly = await client.prices.create({
    currency: "usd",
    unit_amount: 100,
    recurring: { interval: "month" },
    product_data: { name: "Pro" },
  });
  const open = (price: string) =>
    client.checkout.sessions.create({
      mode: "payment",
      line_items: [{ price, quantity: 1 }],
      success_url: "http://shop.test/",
    });
  await expect(open(archived.id)).rejects.toMatchObject({
    message: expect.stringContaining("inactive"),
  });
  await expect(open(monthly.id)).rejects.toMatchObject({
    message: expect.stringContaining("recurring price"),
  });
});
