import { toMajor, toMicrocredits } from "../../src/units.ts";
import { checkout, credits, order, type Plan, plans, session, user } from "./api.ts";
import { assertThat, expectEqual, step, waitFor } from "./checks.ts";
import { payOnPage } from "./pay-page.ts";
import type { DemoUser } from "./sign-up.ts";

/** Returns the smallest pack that is sold; null for none. */
export async function findPack({ api }: DemoUser): Promise<Plan | null> {
  const { data } = await api.get("/api/plans/active?limit=100", plans);
  const packs = data.filter(
    ({ kind, credits, unlocks }) => kind === "one_time" && credits > 0 && unlocks === null,
  );
  return packs.toSorted((a, b) => a.credits - b.credits)[0] ?? null;
}

/** Buys a pack, first with a declined card, then with a good one. */
export async function buy({ api, email, userId }: DemoUser, pack: Plan): Promise<void> {
  const price = pack.prices.find(({ currency }) => currency === "usd") ?? pack.prices[0];
  assertThat(price !== undefined, `the pack ${pack.name} has no price`);

  const opened = await step(`They check out ${pack.name}`, async () => {
    const opened = await api.post(
      "/api/checkout",
      { planId: pack.id, currency: price.currency },
      checkout,
    );
    const { status } = await api.get(`/api/stripe-sessions/${opened.stripeSessionId}`, session);
    expectEqual("the session's status", status, "pending");
    return [
      `${toMajor(price.amountMinor, price.currency)} ${price.currency}, ${opened.url}`,
      opened,
    ];
  });
  await step("A card that is declined buys nothing", async () => {
    const result = await payOnPage(opened.url, email, "4000 0000 0000 0002");
    assertThat("problem" in result, "the page took it");
    const { posted } = await api.get("/api/credits", credits);
    expectEqual("the balance", posted, 0);
    return [result.problem, null];
  });
  await step("The card 4242 4242 4242 4242 pays on Stripe's page", async () => {
    const result = await payOnPage(opened.url, email, "4242 4242 4242 4242");
    assertThat("to" in result, `the page says: ${"problem" in result ? result.problem : ""}`);
    assertThat(
      result.to.includes(opened.sessionId),
      `the page sends the payer to ${result.to}, which does not name the session`,
    );
    return [`back to ${result.to}`, null];
  });
  await step("Stripe's webhook completes the order", async () => {
    const { orderId } = await api.get(`/api/stripe-sessions/${opened.stripeSessionId}`, session);
    const completed = await waitFor("the webhook", async () => {
      const current = await api.get(`/api/orders/${orderId}`, order);
      return current.status === "pending" ? undefined : current;
    });
    expectEqual("the order's status", completed.status, "completed");
    const { status } = await api.get(`/api/stripe-sessions/${opened.stripeSessionId}`, session);
    expectEqual("the session's status", status, "succeeded");
    return [`${orderId} gives ${completed.credits} credits`, null];
  });
  await step("The credits are there, once", async () => {
    const { posted, held, available } = await api.get("/api/credits", credits);
    expectEqual("what is posted", toMicrocredits(posted), toMicrocredits(pack.credits));
    expectEqual("what is held", held, 0);
    expectEqual("what is available", available, posted);
    const { creditBalance } = await api.get(`/api/users/${userId}`, user);
    expectEqual("the user's creditBalance", creditBalance, posted);
    return [`${available} credits`, null];
  });
}
