import { Stripe } from "stripe";
import { expect, it } from "vitest";
import { standInStripe } from "../support/stripe.ts";

const SECRET = "whsec_events";

/** Stands in a Stripe whose events go to a list, with the status that the test chooses. */
function standInListening(statusFor: (received: number) => number = () => 200) {
  const received: { readonly body: string; readonly signature: string }[] = [];
  const send = async (request: Request): Promise<Response> => {
    received.push({
      body: await request.text(),
      signature: request.headers.get("stripe-signature") ?? "",
    });
    const status = statusFor(received.length);
    if (status === 0) throw new TypeError("connection refused");
    return new Response(null, { status });
  };
  const stripe = standInStripe({
    webhook: { url: "http://shop.test/hook", secret: SECRET, send, retryBaseSeconds: 10 },
  });
  const receivedNames = () =>
    received.map(({ body }): unknown => JSON.parse(body).data.object.name);
  return { ...stripe, arrived: received, names: receivedNames };
}
const construct = ({ body, signature }: { body: string; signature: string }, secret = SECRET) =>
  new Stripe("sk_test_local").webhooks.constructEventAsync(body, signature, secret);

it("an event is signed as Stripe signs; another body or secret is not accepted", async () => {
  const { client, control, arrived: received } = standInListening();
  const customer = await client.customers.create({ email: "a@b.co" }, { idempotencyKey: "idem" });
  expect(received).toEqual([]);
  await control.deliver();
  const [first] = received;
  if (first === undefined) throw new Error("nothing arrived");
  const event = await construct(first);
  expect(event).toMatchObject({
    object: "event",
    type: "customer.created",
    api_version: Stripe.API_VERSION,
    livemode: false,
    pending_webhooks: 1,
    data: { object: { id: customer.id, email: "a@b.co" } },
    request: { id: customer.lastResponse.requestId, idempotency_key: "idem" },
  });
  await expect(
    construct({ ...first, body: first.body.replace("a@b.co", "z@b.co") }),
  ).rejects.toBeInstanceOf(Stripe.errors.StripeSignatureVerificationError);
  await expect(construct(first, "whsec_other")).rejects.toBeInstanceOf(
    Stripe.errors.StripeSignatureVerificationError,
  );
});

it("events arrive once and in order", async () => {
  const { client, control, names: receivedNames } = standInListening();
  for (const name of ["a", "b", "c"]) await client.customers.create({ name });
  expect(await control.deliver()).toHaveLength(3);
  expect(await control.deliver()).toEqual([]);
  expect(receivedNames()).toEqual(["a", "b", "c"]);
});

it.each([
  ["an error", 500],
  ["a redirect", 302],
  ["no answer", 0],
])("%s is retried after 10, 20, 40 … seconds until it succeeds", async (_, bad) => {
  const {
    client,
    control,
    arrived: received,
  } = standInListening((count) => (count < 4 ? bad : 200));
  await client.customers.create({});
  const [event] = control.events();
  const pending = async () => (await client.events.retrieve(event?.id ?? "")).pending_webhooks;
  for (const [index, waitSeconds] of [0, 10, 20, 40].entries()) {
    control.advance(Math.max(0, waitSeconds - 1));
    if (waitSeconds > 0) expect(await control.deliver()).toEqual([]);
    expect(await pending()).toBe(1);
    control.advance(waitSeconds === 0 ? 0 : 1);
    await control.deliver();
    expect(received).toHaveLength(index + 1);
  }
  expect(await pending()).toBe(0);
  expect(control.deliveries()).toMatchObject([
    { state: "delivered", attempts: [{}, {}, {}, { status: 200, problem: null }] },
  ]);
  control.advance(86_400);
  expect(await control.deliver()).toEqual([]);
});

it("an event is given up after three days, and is listed as not delivered", async () => {
  const { client, control, arrived: received } = standInListening(() => 500);
  await client.customers.create({});
  for (let hour = 0; hour < 80; hour += 1) {
    await control.deliver();
    control.advance(3600);
  }
  expect(control.deliveries()).toMatchObject([{ state: "failed" }]);
  const tries = received.length;
  control.advance(86_400);
  await control.flush();
  expect(received).toHaveLength(tries);
  expect((await client.events.list({ delivery_success: false })).data).toHaveLength(1);
  expect((await client.events.list({ delivery_success: true })).data).toHaveLength(0);
});

it("an event can be sent twice", async () => {
  const { client, control, arrived: received } = standInListening();
  control.nextEvents({ behaviour: "twice" });
  await client.customers.create({ name: "a" });
  await client.customers.create({ name: "b" });
  await control.deliver();
  const ids = received.map(({ body }): unknown => JSON.parse(body).id);
  expect([ids.length, new Set(ids).size]).toEqual([3, 2]);
});

it("an event can be late: it waits until it is released", async () => {
  const { client, control, names: receivedNames } = standInListening();
  control.nextEvents({ behaviour: "late" });
  await client.customers.create({ name: "late" });
  await client.customers.create({ name: "soon" });
  await control.deliver();
  control.advance(86_400);
  await control.deliver();
  expect(receivedNames()).toEqual(["soon"]);
  expect(control.release()).toBe(1);
  await control.deliver();
  expect(receivedNames()).toEqual(["soon", "late"]);
});

it("an event can arrive out of order: after the next one", async () => {
  const { client, control, names: receivedNames } = standInListening();
  control.nextEvents({ behaviour: "out_of_order", type: "customer.created" });
  await client.customers.create({ name: "first" });
  await control.deliver();
  expect(receivedNames()).toEqual([]);
  await client.customers.create({ name: "second" });
  await client.customers.create({ name: "third" });
  await control.deliver();
  expect(receivedNames()).toEqual(["second", "first", "third"]);
});

it("an event can be dropped: it is never sent, but the API lists it", async () => {
  const { client, control, arrived: received } = standInListening();
  control.nextEvents({ behaviour: "never", times: 2 });
  await client.customers.create({});
  await client.customers.create({});
  control.release();
  await control.flush();
  expect(received).toEqual([]);
  const { data } = await client.events.list({ type: "customer.created" });
  expect(data.map((event) => event.pending_webhooks)).toEqual([1, 1]);
  await client.customers.create({});
  await control.deliver();
  expect(received).toHaveLength(1);
});

it("a switch for a type waits for that type, and can be cleared", async () => {
  const { client, control, arrived: received } = standInListening();
  control.nextEvents({ behaviour: "never", type: "product.created" });
  await client.customers.create({});
  await client.products.create({ name: "It" });
  await control.deliver();
  expect(received).toHaveLength(1);
  control.nextEvents({ behaviour: "never" });
  control.clearSwitches();
  await client.customers.create({});
  await control.deliver();
  expect(received).toHaveLength(2);
});

it("flush sends everything that waits at once", async () => {
  const {
    client,
    control,
    arrived: received,
  } = standInListening((count) => (count === 1 ? 500 : 200));
  await client.customers.create({ name: "retry" });
  await control.deliver();
  control.nextEvents({ behaviour: "late" });
  await client.customers.create({ name: "late" });
  control.nextEvents({ behaviour: "out_of_order" });
  await client.customers.create({ name: "overtaken" });
  await control.flush();
  expect(received).toHaveLength(4);
  expect(control.deliveries().map((delivery) => delivery.state)).toEqual([
    "delivered",
    "delivered",
    "delivered",
  ]);
});

it("one event can be resent, many times at once, with the response", async () => {
  const {
    client,
    control,
    arrived: received,
  } = standInListening((count) => (count === 3 ? 500 : 200));
  await client.customers.create({});
  const [event] = control.events();
  const id = event?.id ?? "";
  const answers = await Promise.all(Array.from({ length: 5 }, () => control.resend(id)));
  expect(answers.filter((statusFor) => statusFor?.status === 200)).toHaveLength(4);
  expect(answers.filter((statusFor) => statusFor?.status === 500)).toHaveLength(1);
  expect(received).toHaveLength(5);
  expect(await control.resend("evt_none")).toBeUndefined();
  const request = await control.signed(id);
  await expect(
    construct({
      body: (await request?.text()) ?? "",
      signature: request?.headers.get("stripe-signature") ?? "",
    }),
  ).resolves.toMatchObject({ id });
});

it("two simultaneous deliveries send nothing twice", async () => {
  const { client, control, arrived: received } = standInListening();
  await client.customers.create({});
  await client.customers.create({});
  await Promise.all([control.deliver(), control.deliver(), control.flush()]);
  expect(received).toHaveLength(2);
});

it("the webhook of the Worker under test works without a network", async () => {
  const { client, control } = standInStripe();
  await client.customers.create({});
  const [delivery] = await control.deliver();
  expect(delivery?.attempts).toMatchObject([{ status: expect.any(Number) }]);
});

it("events are kept for 30 days", async () => {
  const { client, control } = standInListening();
  const { id } = await client.customers.create({});
  const [event] = (await client.events.list()).data;
  control.advance(30 * 86_400 - 1);
  await expect(client.events.retrieve(event?.id ?? "")).resolves.toMatchObject({
    data: { object: { id } },
  });
  control.advance(1);
  await expect(client.events.retrieve(event?.id ?? "")).rejects.toMatchObject({ statusCode: 404 });
  expect((await client.events.list()).data).toEqual([]);
});

it("events are filtered by type, types and time", async () => {
  const { client } = standInListening();
  const customer = await client.customers.create({});
  await client.customers.update(customer.id, { name: "A" });
  await client.products.create({ name: "It" });
  const typesOf = async (params: Stripe.EventListParams) =>
    (await client.events.list(params)).data.map((event) => event.type);
  expect(await typesOf({ type: "customer.*" })).toEqual(["customer.updated", "customer.created"]);
  expect(await typesOf({ types: ["product.created", "customer.updated"] })).toEqual([
    "product.created",
    "customer.updated",
  ]);
  expect(await typesOf({ created: { gt: customer.created + 60 } })).toEqual([]);
  await expect(client.events.list({ type: "a", types: ["b"] })).rejects.toMatchObject({
    statusCode: 400,
  });
});

it("an update has its changes, and one without changes emits nothing", async () => {
  const { client, control } = standInListening();
  const { id } = await client.customers.create({ name: "A", metadata: { a: "1", b: "2" } });
  await client.customers.update(id, { name: "B", metadata: { a: "3", b: "", c: "4" } });
  await client.customers.update(id, { name: "B" });
  expect(control.events().map(({ type, data }) => [type, data.previous_attributes])).toEqual([
    ["customer.created", undefined],
    ["customer.updated", { name: "A", metadata: { a: "1", b: "2", c: null } }],
  ]);
});
