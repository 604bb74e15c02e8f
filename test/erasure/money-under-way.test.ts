import { env } from "cloudflare:workers";
import { beforeAll, expect, it, vi } from "vitest";
import { creditAccount } from "../../src/account/index.ts";
import { scheduleSaleCheck } from "../../src/billing/refunds/find-sale.ts";
import { runCron } from "../../src/cron.ts";
import { database } from "../../src/db.ts";
import { MINUTE_MS } from "../../src/time.ts";
import { adminUser, callAsAdmin } from "../support/admin.ts";
import { call } from "../support/call.ts";
import { loadShopCatalog, openCheckout } from "../support/shop.ts";
import { signUp, type TestUser } from "../support/sign-up.ts";
import { standInStripe } from "../support/stripe.ts";

vi.setConfig({ testTimeout: 30_000 });
beforeAll(loadShopCatalog);

async function buyCredits() {
  const [stripe, user] = [standInStripe(), await signUp()];
  const { url } = await openCheckout(user.token, { planId: "t-pack" });
  await stripe.pay(url);
  await stripe.control.deliver();
  const order = await env.DB.prepare(
    "select id, stripe_payment_intent_id as intent from orders where user_id = ?",
  )
    .bind(user.userId)
    .first<{ id: string; intent: string }>();
  return { stripe, user, orderId: order?.id ?? "", intent: order?.intent ?? "" };
}

const eraseSelf = ({ token, password }: TestUser) =>
  call("DELETE", "/api/users/me", { token, body: { currentPassword: password } });

const deduct = (userId: string, credits: number) =>
  creditAccount(env, userId).take({
    operationId: crypto.randomUUID(),
    amountMicrocredits: credits * 1_000_000,
    reason: "spent",
  });

type Sale = Awaited<ReturnType<typeof buyCredits>>;

it.each([
  ["debt", async ({ user }: Sale) => deduct(user.userId, 101)],
  [
    "dispute",
    async ({ stripe, intent }: Sale) => {
      stripe.control.dispute(intent);
      await stripe.control.deliver();
    },
  ],
  [
    "refund",
    async ({ orderId }: Sale) =>
      scheduleSaleCheck(database(env.DB), { orderId }, Date.now() + MINUTE_MS),
  ],
])(
  "a user with a %s under way is not erased by their own request, but by an admin",
  async (param, begin) => {
    const sale = await buyCredits();
    await begin(sale);
    const refused = await eraseSelf(sale.user);
    expect(refused.status).toBe(409);
    expect(await refused.json()).toMatchObject({
      error: { code: "conflict", param, message: expect.stringMatching(/only the operator/) },
    });
    expect((await call("GET", "/api/usage", { token: sale.user.token })).status).toBe(200);
    const { password } = await adminUser();
    const erased = await callAsAdmin("DELETE", `/api/users/${sale.user.userId}`, {
      currentPassword: password,
    });
    expect(erased.status).toBe(204);
  },
);

it("a user whose debt is paid, and whose refund is done, is erased", async () => {
  const { user, orderId } = await buyCredits();
  await deduct(user.userId, 50);
  await scheduleSaleCheck(database(env.DB), { orderId }, Date.now() + MINUTE_MS);
  expect((await eraseSelf(user)).status).toBe(409);
  await runCron(env, Date.now() + 2 * MINUTE_MS);
  expect((await eraseSelf(user)).status).toBe(204);
});
