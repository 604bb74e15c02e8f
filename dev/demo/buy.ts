import { toMajor, toMicrocredits } from "../../src/units.ts";
import { checkout, credits, order, type Plan, plans, session, user } from "./api.ts";
import { payOn } from "./pay-page.ts";
import { same, so, step, until } from "./report.ts";
import type { Traveller } from "./sign-up.ts";

/** Buys the smallest pack: a card that is declined first, then one that pays. */
export async function buy({ api, email, userId }: Traveller): Promise<Plan> {
  const pack = await step("Credit packs are for sale", async () => {
    const { data } = await api.get("/api/plans?limit=100", plans);
    const packs = data.filter(
      ({ kind, credits, unlocks }) => kind === "one_time" && credits > 0 && unlocks === null,
    );
    const smallest = packs.toSorted((a, b) => a.credits - b.credits)[0];
    so(smallest !== undefined, "there is no pack");
    return [packs.map(({ name, credits }) => `${name} ${credits}`).join(", "), smallest];
  });
  const price = pack.prices.find(({ currency }) => currency === "usd") ?? pack.prices[0];
  so(price !== undefined, `the pack ${pack.name} has no price`);

  const made = await step(`They check out ${pack.name}`, async () => {
    const made = await api.post(
      "/api/checkout",
      { planId: pack.id, currency: price.currency },
      checkout,
    );
    const { status } = await api.get(`/api/stripe-sessions/${made.stripeSessionId}`, session);
    same("the session's status", status, "pending");
    return [`${toMajor(price.amountMinor, price.currency)} ${price.currency}, ${made.url}`, made];
  });
  await step("A card that is declined buys nothing", async () => {
    const paid = await payOn(made.url, email, "4000 0000 0000 0002");
    so("problem" in paid, "the page took it");
    const { posted } = await api.get("/api/credits", credits);
    same("the balance", posted, 0);
    return [paid.problem, null];
  });
  await step("The card 4242 4242 4242 4242 pays on Stripe's page", async () => {
    const paid = await payOn(made.url, email, "4242 4242 4242 4242");
    so("to" in paid, `the page says: ${"problem" in paid ? paid.problem : ""}`);
    so(
      paid.to.includes(made.sessionId),
      `the page sends the payer to ${paid.to}, which does not name the session`,
    );
    return [`back to ${paid.to}`, null];
  });
  await step("Stripe's webhook completes the order", async () => {
    const { orderId } = await api.get(`/api/stripe-sessions/${made.stripeSessionId}`, session);
    const done = await until("the webhook", async () => {
      const now = await api.get(`/api/orders/${orderId}`, order);
      return now.status === "pending" ? undefined : now;
    });
    same("the order's status", done.status, "completed");
    const { status } = await api.get(`/api/stripe-sessions/${made.stripeSessionId}`, session);
    same("the session's status", status, "succeeded");
    return [`${orderId} gives ${done.credits} credits`, null];
  });
  await step("The credits are there, once", async () => {
    const { posted, held, available } = await api.get("/api/credits", credits);
    same("what is posted", toMicrocredits(posted), toMicrocredits(pack.credits));
    same("what is held", held, 0);
    same("what is available", available, posted);
    const { creditBalance } = await api.get(`/api/users/${userId}`, user);
    same("the user's creditBalance", creditBalance, posted);
    return [`${available} credits`, null];
  });
  return pack;
}
