import type { Context } from "./context.ts";
import { invalid } from "./errors.ts";
import { listUndelivered, showEvent } from "./events.ts";
import { firstTen, type Page, paginate } from "./list.ts";

/** The kinds of object in the API, by Stripe's own `object` names. */
type Kind =
  | "customer"
  | "product"
  | "price"
  | "checkout.session"
  | "item"
  | "payment_intent"
  | "payment_method"
  | "charge"
  | "refund"
  | "dispute"
  | "setup_intent"
  | "coupon"
  | "promotion_code"
  /** The part of a promotion code that refers to its coupon. */
  | "promotion"
  | "billing.meter"
  | "billing.meter_event"
  | "subscription"
  | "subscription_item"
  | "invoice"
  | "line_item"
  | "invoice_payment"
  | "billing_portal.configuration"
  | "billing_portal.session"
  | "account"
  | "webhook_endpoint"
  /** Parts that refer to other objects. */
  | "customer.invoice_settings"
  | "invoice.parent"
  | "invoice.parent.subscription_details"
  | "line_item.pricing"
  | "line_item.pricing.price_details"
  | "invoice_payment.payment"
  | "event"
  | "v2.core.event";
/** The type of an answer: one object, or a list of them. */
export type Returns = Kind | { readonly list: Kind };

/**
 * A field that `expand` can reach: a reference `to` another object, a `list` or a `hidden` part
 * that is shown only on request, or an object that is `inside` in any case (as a `pageInside`: its
 * first ten). `nothing` can be expanded in the real API and is always null here.
 */
type Field =
  | { readonly to: Kind }
  | { readonly inside: Kind }
  | { readonly pageInside: Kind }
  | { readonly list: Kind; readonly page: (ctx: Context, ownerId: string) => Page<object> }
  | { readonly hidden: true }
  | { readonly nothing: true };

const NOTHING: Field = { nothing: true };
const FIELDS: Readonly<Record<Kind, Readonly<Record<string, Field>>>> = {
  customer: {
    invoice_settings: { inside: "customer.invoice_settings" },
    default_source: NOTHING,
    test_clock: NOTHING,
  },
  product: { default_price: { to: "price" }, tax_code: NOTHING },
  price: { product: { to: "product" }, currency_options: { hidden: true } },
  "checkout.session": {
    customer: { to: "customer" },
    payment_intent: { to: "payment_intent" },
    line_items: { list: "item", page: listItems },
    invoice: { to: "invoice" },
    payment_link: NOTHING,
    setup_intent: NOTHING,
    subscription: { to: "subscription" },
  },
  item: { price: { inside: "price" } },
  payment_intent: {
    customer: { to: "customer" },
    latest_charge: { to: "charge" },
    payment_method: { to: "payment_method" },
    application: NOTHING,
    on_behalf_of: NOTHING,
    review: NOTHING,
    source: NOTHING,
  },
  payment_method: { customer: { to: "customer" } },
  charge: {
    customer: { to: "customer" },
    payment_intent: { to: "payment_intent" },
    application: NOTHING,
    application_fee: NOTHING,
    balance_transaction: NOTHING,
    failure_balance_transaction: NOTHING,
    on_behalf_of: NOTHING,
    review: NOTHING,
    source_transfer: NOTHING,
    refunds: { list: "refund", page: listRefunds },
  },
  refund: {
    charge: { to: "charge" },
    customer: { to: "customer" },
    payment_intent: { to: "payment_intent" },
    payment_method: { to: "payment_method" },
    balance_transaction: NOTHING,
    failure_balance_transaction: NOTHING,
    source_transfer_reversal: NOTHING,
    transfer_reversal: NOTHING,
  },
  dispute: { charge: { to: "charge" }, payment_intent: { to: "payment_intent" } },
  setup_intent: {
    customer: { to: "customer" },
    payment_method: { to: "payment_method" },
    application: NOTHING,
    latest_attempt: NOTHING,
    mandate: NOTHING,
    on_behalf_of: NOTHING,
    single_use_mandate: NOTHING,
  },
  coupon: { applies_to: { hidden: true }, currency_options: { hidden: true } },
  promotion_code: { customer: { to: "customer" }, promotion: { inside: "promotion" } },
  "customer.invoice_settings": { default_payment_method: { to: "payment_method" } },
  promotion: { coupon: { to: "coupon" } },
  "billing.meter": {},
  "billing.meter_event": {},
  "v2.core.event": {},
  subscription: {
    customer: { to: "customer" },
    default_payment_method: { to: "payment_method" },
    items: { pageInside: "subscription_item" },
    latest_invoice: { to: "invoice" },
    application: NOTHING,
    default_source: NOTHING,
    on_behalf_of: NOTHING,
    pending_setup_intent: NOTHING,
    schedule: NOTHING,
    test_clock: NOTHING,
  },
  subscription_item: { price: { inside: "price" } },
  invoice: {
    confirmation_secret: { hidden: true },
    customer: { to: "customer" },
    default_payment_method: { to: "payment_method" },
    lines: { pageInside: "line_item" },
    parent: { inside: "invoice.parent" },
    payments: { list: "invoice_payment", page: listPayments },
    application: NOTHING,
    default_source: NOTHING,
    latest_revision: NOTHING,
    on_behalf_of: NOTHING,
    test_clock: NOTHING,
  },
  line_item: { pricing: { inside: "line_item.pricing" }, subscription: { to: "subscription" } },
  invoice_payment: { invoice: { to: "invoice" }, payment: { inside: "invoice_payment.payment" } },
  "billing_portal.configuration": {},
  "billing_portal.session": { configuration: { to: "billing_portal.configuration" } },
  account: {},
  webhook_endpoint: {},
  "invoice.parent": { subscription_details: { inside: "invoice.parent.subscription_details" } },
  "invoice.parent.subscription_details": { subscription: { to: "subscription" } },
  "line_item.pricing": { price_details: { inside: "line_item.pricing.price_details" } },
  "line_item.pricing.price_details": { price: { to: "price" } },
  "invoice_payment.payment": { payment_intent: { to: "payment_intent" } },
  event: {},
};

function findObject(ctx: Context, kind: Kind, id: string): object | undefined {
  const { store } = ctx;
  switch (kind) {
    case "customer":
      return store.customers.get(id);
    case "product":
      return store.products.get(id);
    case "price":
      return store.prices.get(id);
    case "checkout.session":
      return store.sessions.get(id);
    case "payment_intent":
      return store.paymentIntents.get(id);
    case "payment_method":
      return store.paymentMethods.get(id);
    case "charge":
      return store.charges.get(id);
    case "event": {
      const event = store.events.get(id);
      return event === undefined ? undefined : showEvent(event, listUndelivered(ctx));
    }
    case "refund":
      return store.refunds.get(id);
    case "dispute":
      return store.disputes.get(id);
    case "setup_intent":
      return store.setupIntents.get(id);
    case "coupon":
      return store.coupons.get(id);
    case "promotion_code":
      return store.promotionCodes.get(id);
    case "billing_portal.configuration":
      return store.portalConfigurations.get(id);
    case "billing.meter":
      return store.meters.get(id);
    case "subscription":
      return store.subscriptions.get(id);
    case "invoice":
      return store.invoices.get(id);
    case "invoice_payment":
      return store.invoicePayments.get(id);
    case "item":
    case "promotion":
    case "customer.invoice_settings":
    case "billing.meter_event":
    case "v2.core.event":
    case "subscription_item":
    case "line_item":
    case "billing_portal.session":
    case "account":
    case "webhook_endpoint":
    case "invoice.parent":
    case "invoice.parent.subscription_details":
    case "line_item.pricing":
    case "line_item.pricing.price_details":
    case "invoice_payment.payment":
      return undefined;
    default:
      return kind satisfies never;
  }
}

/** The fields to expand, as nested names. */
export type ExpandTree = ReadonlyMap<string, ExpandTree>;

function refuseExpand(path: string): never {
  throw invalid(`This property cannot be expanded (${path}).`, "expand");
}

function fieldTarget(field: Field): Returns | undefined {
  if ("to" in field) return field.to;
  if ("inside" in field) return field.inside;
  if ("pageInside" in field) return { list: field.pageInside };
  return "list" in field ? { list: field.list } : undefined;
}

/**
 * Parses and validates `expand[]` before any work is done.
 * @throws {ApiError} 400 for a field that cannot be expanded, or is more than four levels deep
 */
export function readExpand(paths: readonly string[], returns: Returns): ExpandTree {
  const root = new Map<string, ExpandTree>();
  for (const path of paths) {
    const names = path.split(".");
    if (names.length > 4)
      throw invalid("You cannot expand more than 4 levels of a property", "expand");
    let kind: Returns | undefined = returns;
    let tree: Map<string, ExpandTree> = root;
    for (const name of names) {
      if (kind === undefined) refuseExpand(path);
      if (typeof kind === "object") {
        if (name !== "data") refuseExpand(path);
        kind = kind.list;
      } else {
        const field: Field | undefined = Object.hasOwn(FIELDS[kind], name)
          ? FIELDS[kind][name]
          : undefined;
        if (field === undefined) refuseExpand(path);
        kind = fieldTarget(field);
      }
      const subtree: Map<string, ExpandTree> = new Map(tree.get(name));
      tree.set(name, subtree);
      tree = subtree;
    }
  }
  return root;
}

const EMPTY_TREE: ExpandTree = new Map();

function expandObject(ctx: Context, kind: Kind, object: object, tree: ExpandTree): object {
  const fields = FIELDS[kind];
  const result: Record<string, unknown> = { ...object };
  for (const [name, field] of Object.entries(fields)) {
    const subtree = tree.get(name);
    const value = result[name];
    if ("hidden" in field && subtree === undefined) delete result[name];
    if ("inside" in field && typeof value === "object" && value !== null)
      result[name] = expandObject(ctx, field.inside, value, subtree ?? EMPTY_TREE);
    if ("pageInside" in field && typeof value === "object" && value !== null && isPage(value))
      result[name] = present(
        ctx,
        { list: field.pageInside },
        firstTen(value),
        subtree ?? EMPTY_TREE,
      );
    if ("to" in field && subtree !== undefined && typeof value === "string") {
      const target = findObject(ctx, field.to, value);
      if (target !== undefined) result[name] = expandObject(ctx, field.to, target, subtree);
    }
    if ("list" in field && subtree !== undefined)
      result[name] = present(
        ctx,
        { list: field.list },
        field.page(ctx, String(result["id"])),
        subtree,
      );
  }
  return result;
}

function listItems(ctx: Context, sessionId: string): Page<object> {
  const items = ctx.store.baskets.get(sessionId)?.items ?? [];
  return paginate(
    items,
    { limit: 10 },
    "line_item",
    `/v1/checkout/sessions/${sessionId}/line_items`,
  );
}

function listRefunds(ctx: Context, chargeId: string): Page<object> {
  const refunds = ctx.store.refunds.newestFirst().filter((refund) => refund.charge === chargeId);
  return paginate(refunds, { limit: 10 }, "refund", `/v1/charges/${chargeId}/refunds`);
}

function listPayments(ctx: Context, invoiceId: string): Page<object> {
  const payments = ctx.store.invoicePayments
    .newestFirst()
    .filter((payment) => payment.invoice === invoiceId);
  return paginate(payments, { limit: 10 }, "invoice_payment", "/v1/invoice_payments");
}

const isPage = (value: object): value is Page<object> =>
  "data" in value && Array.isArray(value.data);

/**
 * Returns an object or a page of them in its API form: without hidden fields, and with expanded
 * objects in place of their ids.
 */
export function present(ctx: Context, returns: Returns, value: object, tree: ExpandTree): object {
  if (typeof returns === "string") return expandObject(ctx, returns, value, tree);
  const subtree = tree.get("data") ?? EMPTY_TREE;
  return isPage(value)
    ? { ...value, data: value.data.map((item) => expandObject(ctx, returns.list, item, subtree)) }
    : value;
}
