import { setTimeout as wait } from "node:timers/promises";
import {
  makeCode,
  makeCustomer,
  makeMeter,
  makeMonthly,
  makePayer,
  makePrice,
  makeProduct,
  subscribe,
} from "./make.ts";
import { must, type Point, type Trial } from "./trial.ts";

const RETURN_URL = "https://example.com/";
/** So that times in seconds differ. */
const A_WHILE_MS = 2000;
const DEBIT_WITHIN_MS = 90_000;

/** Changes a subscription of a month to a year, and returns its anchor before and after. */
async function changeToYear(trial: Trial, more: { billing_cycle_anchor?: { type: "now" } }) {
  const product = await makeProduct(trial);
  const yearly = { unit_amount: 15_000, recurring: { interval: "year" } } as const;
  const [month, year] = [
    await makeMonthly(trial, product),
    await makePrice(trial, product, yearly),
  ];
  const before = await subscribe(trial, await makePayer(trial), [month]);
  await wait(A_WHILE_MS);
  const item = { id: before.items.data[0]?.id ?? "", price: year };
  const params = { items: [item], proration_behavior: "always_invoice" as const, ...more };
  const changed = await trial.ask("subscriptions.update", params, (sent) =>
    trial.stripe.subscriptions.update(before.id, sent),
  );
  if (!changed.ok) throw changed.error;
  return { before: before.billing_cycle_anchor, after: changed.value.billing_cycle_anchor };
}

/** Uses a code in a checkout page and in a subscription, and checks how both are refused. */
async function mustBeRefused(trial: Trial, code: string, customer: string): Promise<string> {
  const price = await makeMonthly(trial, await makeProduct(trial));
  const discounts = [{ promotion_code: code }];
  const answers = [
    await trial.ask("checkout.sessions.create", { customer, discounts }, (sent) =>
      trial.stripe.checkout.sessions.create({
        ...sent,
        mode: "subscription",
        line_items: [{ price, quantity: 1 }],
        success_url: RETURN_URL,
      }),
    ),
    await trial.ask("subscriptions.create", { customer, discounts }, (sent) =>
      trial.stripe.subscriptions.create({ ...sent, items: [{ price }] }),
    ),
  ];
  const seen = answers.map((answer) => {
    must(!answer.ok, "the code was taken");
    const { statusCode, code: name = "", param = "" } = answer.error;
    must(statusCode === 400, `refused with ${statusCode}`);
    const isTold = /^(promotion_code|coupon)/.test(name) || param.startsWith("discounts");
    must(isTold, `neither code (${name}) nor param (${param}) names the discount`);
    return param === "" ? name : param;
  });
  return `400, by ${seen.join(" and ")}`;
}

/** The points that Farebox relies on, and that cannot be seen without a sandbox. */
export const POINTS: readonly Point[] = [
  {
    title: "Another interval alone leaves the periods' anchor",
    async play(trial) {
      const { before, after } = await changeToYear(trial, {});
      must(before === after, `the anchor moved by ${after - before} s`);
      return `both ${before}`;
    },
  },
  {
    title: "billing_cycle_anchor[type]=now begins a new period",
    async play(trial) {
      const { before, after } = await changeToYear(trial, {
        billing_cycle_anchor: { type: "now" },
      });
      must(after > before, "the anchor stayed");
      return `later by ${after - before} s`;
    },
  },
  {
    title: "A code for a first purchase is refused as one to whoever has bought",
    async play(trial) {
      const code = await makeCode(trial, { first_time_transaction: true });
      const customer = await makePayer(trial);
      await subscribe(trial, customer, [await makeMonthly(trial, await makeProduct(trial))]);
      return await mustBeRefused(trial, code, customer);
    },
  },
  {
    title: "A code for larger purchases is refused as one",
    async play(trial) {
      const least = { minimum_amount: 5000, minimum_amount_currency: "usd" };
      return await mustBeRefused(trial, await makeCode(trial, least), await makePayer(trial));
    },
  },
  {
    title: "An idempotency key takes no other parameters",
    async play(trial) {
      const idempotencyKey = `sandbox:${crypto.randomUUID()}`;
      const customer = await makeCustomer(trial);
      const update = (description: string) =>
        trial.ask("customers.update", { description }, (sent) =>
          trial.stripe.customers.update(customer, sent, { idempotencyKey }),
        );
      const first = await update("one");
      must(first.ok, "the first request was refused");
      const second = await update("two");
      must(!second.ok, "the second request was taken");
      const { statusCode, type } = second.error;
      must(statusCode === 400, `refused with ${statusCode}`);
      return `400, ${type}`;
    },
  },
  {
    title: "A meter event with a used identifier says so in its message",
    async play(trial) {
      const [{ eventName }, customer] = [await makeMeter(trial), await makeCustomer(trial)];
      const event = {
        event_name: eventName,
        identifier: crypto.randomUUID(),
        payload: { stripe_customer_id: customer, value: "1" },
      };
      const send = () =>
        trial.ask("billing.meterEvents.create", event, (sent) =>
          trial.stripe.billing.meterEvents.create(sent),
        );
      const first = await send();
      must(first.ok, "the first event was refused");
      const second = await send();
      must(!second.ok, "the second event was taken");
      const { message } = second.error;
      must(/already exists with identifier/i.test(message), message);
      return message;
    },
  },
  {
    title: "A meter event of a customer who is gone is taken",
    async play(trial) {
      const { eventName } = await makeMeter(trial);
      const { id } = await trial.stripe.customers.create({});
      await trial.stripe.customers.del(id);
      const payload = { stripe_customer_id: id, value: "1" };
      const sent = await trial.ask("billing.meterEvents.create", payload, () =>
        trial.stripe.billing.meterEvents.create({ event_name: eventName, payload }),
      );
      must(sent.ok, "it was refused");
      return "a thin event tells of it later";
    },
  },
  {
    title: "Usage is in an invoice once its metered price is removed",
    async play(trial) {
      const [{ id: meter, eventName }, product] = [
        await makeMeter(trial),
        await makeProduct(trial),
      ];
      const usage = { usage_type: "metered", interval: "month", meter } as const;
      const metered = await makePrice(trial, product, { unit_amount: 2, recurring: usage });
      const customer = await makePayer(trial);
      const monthly = await makeMonthly(trial, product);
      const { id, items } = await subscribe(trial, customer, [monthly, metered]);
      await wait(A_WHILE_MS);
      await trial.stripe.billing.meterEvents.create({
        event_name: eventName,
        payload: { stripe_customer_id: customer, value: "500" },
      });
      await wait(A_WHILE_MS);
      const item = items.data.find(({ price }) => price.id === metered)?.id ?? "";
      const params = {
        items: [{ id: item, deleted: true }],
        proration_behavior: "always_invoice" as const,
      };
      const removed = await trial.ask("subscriptions.update", params, (sent) =>
        trial.stripe.subscriptions.update(id, sent),
      );
      must(removed.ok, "it was not removed");
      const { data } = await trial.stripe.invoices.list({ subscription: id });
      const amounts = data.flatMap(({ lines }) => lines.data.map(({ amount }) => amount));
      must(amounts.includes(1000), `billed ${amounts.join(", ")}, and not 1000 for usage`);
      return "1000 for 500 at 2";
    },
  },
  {
    title: "A subscription of a customer who is gone is refused as missing",
    async play(trial) {
      const price = await makeMonthly(trial, await makeProduct(trial));
      const { id: customer } = await trial.stripe.customers.create({});
      await trial.stripe.customers.del(customer);
      const made = await trial.ask("subscriptions.create", { customer }, (sent) =>
        trial.stripe.subscriptions.create({ ...sent, items: [{ price }] }),
      );
      must(!made.ok, "it was made");
      must(made.error.code === "resource_missing", `refused with ${made.error.code ?? "no code"}`);
      return "resource_missing";
    },
  },
  {
    title: "The portal takes a configuration with one price, and no change to another",
    async play(trial) {
      const { stripe } = trial;
      const product = await makeProduct(trial);
      const [from, to, other] = [
        await makeMonthly(trial, product),
        await makePrice(trial, product, { unit_amount: 4900, recurring: { interval: "month" } }),
        await makePrice(trial, await makeProduct(trial), {
          unit_amount: 9900,
          recurring: { interval: "month" },
        }),
      ];
      const customer = await makePayer(trial);
      const { id, items } = await subscribe(trial, customer, [from]);
      const features = {
        subscription_update: {
          enabled: true,
          default_allowed_updates: ["price" as const],
          products: [{ product, prices: [to] }],
          proration_behavior: "always_invoice" as const,
        },
      };
      const made = await trial.ask("billingPortal.configurations.create", features, (sent) =>
        stripe.billingPortal.configurations.create({ features: sent }),
      );
      must(made.ok, "the configuration was refused");
      const configuration = made.value.id;
      trial.later(() =>
        stripe.billingPortal.configurations.update(configuration, { active: false }),
      );
      const open = (price: string) =>
        trial.ask("billingPortal.sessions.create", { configuration, price }, () =>
          stripe.billingPortal.sessions.create({
            customer,
            configuration,
            return_url: RETURN_URL,
            flow_data: {
              type: "subscription_update_confirm",
              subscription_update_confirm: {
                subscription: id,
                items: [{ id: items.data[0]?.id ?? "", price }],
              },
            },
          }),
        );
      must((await open(to)).ok, "a change to its price was refused");
      must(!(await open(other)).ok, "a change to another price was taken");
      return "as Farebox's own configurations are made";
    },
  },
  {
    title: "With taxes inclusive, a page's amount_subtotal is the price",
    async play(trial) {
      const product = await makeProduct(trial);
      const price = await makePrice(trial, product, {
        unit_amount: 1000,
        tax_behavior: "inclusive",
      });
      const made = await trial.ask("checkout.sessions.create", { automatic_tax: true }, () =>
        trial.stripe.checkout.sessions.create({
          mode: "payment",
          line_items: [{ price, quantity: 1 }],
          automatic_tax: { enabled: true },
          success_url: RETURN_URL,
        }),
      );
      // An account that has not set up taxes refuses the page.
      if (!made.ok) throw made.error;
      const { amount_subtotal: subtotal } = made.value;
      must(subtotal === 1000, `it is ${subtotal}`);
      return "1000";
    },
  },
  {
    title: "A first bank debit that fails leaves the subscription active, its invoice void",
    async play(trial) {
      const { stripe } = trial;
      const customer = await makeCustomer(trial);
      // The IBAN of Stripe's whose debits fail.
      const method = await stripe.paymentMethods.create({
        type: "sepa_debit",
        sepa_debit: { iban: "AT861904300235473202" },
        billing_details: { name: "Sandbox", email: "sandbox@example.com" },
      });
      await stripe.paymentMethods.attach(method.id, { customer });
      const price = await stripe.prices.create({
        currency: "eur",
        unit_amount: 1500,
        recurring: { interval: "month" },
        product: await makeProduct(trial),
      });
      trial.later(() => stripe.prices.update(price.id, { active: false }));
      const { id, latest_invoice: invoice } = await stripe.subscriptions.create({
        customer,
        default_payment_method: method.id,
        items: [{ price: price.id }],
        payment_settings: { payment_method_types: ["sepa_debit"] },
      });
      const invoiceId = typeof invoice === "string" ? invoice : (invoice?.id ?? "");
      const until = Date.now() + DEBIT_WITHIN_MS;
      for (;;) {
        const [{ status }, { status: paid }] = [
          await stripe.subscriptions.retrieve(id),
          await stripe.invoices.retrieve(invoiceId),
        ];
        if (paid === "void") {
          must(status === "active", `the subscription is ${status}`);
          return "active, void";
        }
        if (Date.now() > until) throw new Error(`after a while: ${status}, ${paid}`);
        await wait(A_WHILE_MS);
      }
    },
  },
];
