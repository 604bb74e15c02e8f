import { beforeAll, expect, it } from "vitest";
import { callAsAdmin } from "../support/admin.ts";
import { createAgent } from "../support/agents.ts";
import { call, readError } from "../support/call.ts";
import { fakeNetwork } from "../support/fake-network.ts";
import { loadShopCatalog, openPaidSale, openSale } from "../support/shop.ts";
import { signUp, type TestUser } from "../support/sign-up.ts";
import { standInStripe } from "../support/stripe.ts";

beforeAll(loadShopCatalog);

/** Makes Stripe answer every request with an error, until the test ends. */
function failStripe(status: number, code: string): void {
  fakeNetwork.standIn("stripe.test", () =>
    Response.json(
      { error: { type: "api_error", code, message: "Words for the operator" } },
      { status, headers: { "stripe-should-retry": "false" } },
    ),
  );
}

type Send = () => Promise<Response>;

const sendAs =
  ({ token }: TestUser, method: string, path: string, body?: unknown): Send =>
  () =>
    call(method, path, body === undefined ? { token } : { token, body });

const customers = "/api/payments/customers";

/** Signs up a user who has a customer with a saved card at Stripe, and returns the card's id. */
async function signUpCardHolder(): Promise<TestUser & { readonly cardId: string }> {
  standInStripe();
  const user = await signUp();
  await sendAs(user, "POST", customers, {})();
  const body = { paymentMethodId: "pm_card_visa" };
  const added = await sendAs(user, "POST", `${customers}/me/payment-methods`, body)();
  const { id } = await added.json<{ id: string }>();
  return { ...user, cardId: id };
}

async function findOrderId({ token }: TestUser): Promise<string> {
  const listed = await call("GET", "/api/orders", { token });
  return (await listed.json<{ data: { id: string }[] }>()).data[0]?.id ?? "";
}

async function findSessionId({ token }: TestUser): Promise<string> {
  const listed = await call("GET", "/api/stripe-sessions", { token });
  return (await listed.json<{ data: { id: string }[] }>()).data[0]?.id ?? "";
}

/** Prepares a request that needs Stripe, while Stripe still answers. */
const PREPARED: readonly [name: string, prepare: () => Promise<Send>][] = [
  [
    "creating a customer",
    async () => {
      standInStripe();
      return sendAs(await signUp(), "POST", customers, {});
    },
  ],
  ["showing a customer", async () => sendAs(await signUpCardHolder(), "GET", `${customers}/me`)],
  [
    "updating a customer",
    async () => sendAs(await signUpCardHolder(), "PATCH", `${customers}/me`, { name: "Ada" }),
  ],
  [
    "listing cards",
    async () => sendAs(await signUpCardHolder(), "GET", `${customers}/me/payment-methods`),
  ],
  [
    "adding a card",
    async () =>
      sendAs(await signUpCardHolder(), "POST", `${customers}/me/payment-methods`, {
        paymentMethodId: "pm_card_mastercard",
      }),
  ],
  [
    "choosing the default card",
    async () => {
      const user = await signUpCardHolder();
      const path = `${customers}/me/payment-methods/${user.cardId}/default`;
      return sendAs(user, "POST", path);
    },
  ],
  [
    "removing a card",
    async () => {
      const user = await signUpCardHolder();
      return sendAs(user, "DELETE", `${customers}/me/payment-methods/${user.cardId}`);
    },
  ],
  [
    "buying an agent",
    async () => {
      standInStripe();
      const terms = { visibility: "listed", priceMinor: 500, currency: "usd" };
      const agent = await createAgent(await signUp(), terms);
      return sendAs(await signUp(), "POST", `/api/agents/${agent.id}/purchase`, {});
    },
  ],
  [
    "paying for a conversation",
    async () => {
      standInStripe();
      const user = await signUp();
      const created = await sendAs(user, "POST", "/api/conversations", { model: "small" })();
      const { id } = await created.json<{ id: string }>();
      const body = { conversationId: id, tier: "conversation" };
      return sendAs(user, "POST", "/api/payments/link", body);
    },
  ],
  [
    "refunding an order",
    async () => {
      const sale = await openPaidSale();
      await sale.stripe.control.deliver();
      const orderId = await findOrderId(sale.user);
      return () => callAsAdmin("POST", "/api/payments/refunds", { orderId });
    },
  ],
  [
    "canceling an attempt to pay",
    async () => {
      const { user } = await openSale();
      const path = `/api/stripe-sessions/${await findSessionId(user)}/status`;
      return sendAs(user, "PATCH", path, { status: "canceled" });
    },
  ],
  [
    "the drift report",
    async () => {
      await openPaidSale();
      return () => callAsAdmin("GET", "/api/admin/drift?of=orders&limit=1");
    },
  ],
  [
    "repairing a difference",
    async () => {
      const orderId = await findOrderId((await openPaidSale()).user);
      return () => callAsAdmin("POST", `/api/admin/drift/${orderId}/heal`);
    },
  ],
  [
    "reconciling",
    () => {
      standInStripe();
      return Promise.resolve(() => callAsAdmin("POST", "/api/admin/reconcile"));
    },
  ],
];

it.each(PREPARED)("%s says that Stripe refused, or cannot be reached", async (_name, prepare) => {
  const send = await prepare();
  failStripe(400, "amount_too_small");
  expect(await readError(await send())).toMatchObject({ status: 422, code: "stripe_refused" });
  failStripe(500, "api_error");
  expect(await readError(await send())).toMatchObject({ status: 503, code: "billing_unavailable" });
});

it("invoices cannot be listed while Stripe cannot be reached", async () => {
  const user = await signUpCardHolder();
  failStripe(500, "api_error");
  const listed = await sendAs(user, "GET", "/api/invoices")();
  expect(await readError(listed)).toMatchObject({ status: 503, code: "billing_unavailable" });
});
