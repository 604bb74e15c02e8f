import { Stripe } from "stripe";
import { describe, expect, inject, it } from "vitest";
import { z } from "zod";
import { waitFor } from "../../dev/demo/checks.ts";
import { payOnPage } from "../../dev/demo/pay-page.ts";
import { LOCAL_STRIPE_KEY } from "../../dev/settings.ts";
import { toMicrocredits } from "../../src/units.ts";
import {
  deliverSigned,
  releaseHeld,
  resendEvent,
  setPaymentDelivery,
  waitForPaymentEvent,
} from "./support/local-stripe.ts";
import {
  buy,
  fetchOrder,
  GOOD_CARD,
  newPerson,
  openCheckout,
  readBooks,
  waitForOrder,
  waitForSettledBooks,
} from "./support/person.ts";

const { url, stripeUrl, webhookSecret } = inject("stack");
const stripe = new Stripe(LOCAL_STRIPE_KEY, {
  protocol: "http",
  host: "127.0.0.1",
  port: new URL(stripeUrl).port,
});

const DECLINES = "4000 0000 0000 0002";
const ASKS_THE_BANK = "4000 0025 0000 3155";
const STARTER = toMicrocredits(100);
const withCost = z.object({
  prompt_tokens: z.number(),
  completion_tokens: z.number(),
  cost: z.number(),
});

/**
 * Answers the bank's question. The response redirects the payer, or shows the page again with a
 * problem.
 */
const answerBank = (page: string, result: "complete" | "fail") =>
  fetch(new URL(page, stripeUrl), {
    method: "POST",
    body: new URLSearchParams({ result }),
    redirect: "manual",
  });

describe.concurrent("buying credits", () => {
  it("signs up, is declined, pays, chats, and the books add up to the microcredit", async () => {
    const user = await newPerson(url);
    const opened = await openCheckout(user);
    expect(await payOnPage(opened.url, user.email, DECLINES)).toEqual({
      problem: "Your card was declined.",
    });
    expect((await fetchOrder(user, opened)).status).toBe("pending");
    expect((await readBooks(user)).entries).toEqual([]);

    const paid = await payOnPage(opened.url, user.email, GOOD_CARD);
    expect(paid).toEqual({
      to: expect.stringContaining(`session_id=${opened.sessionId}&success=true`),
    });
    expect(await waitForOrder(user, opened)).toMatchObject({
      status: "completed",
      credits: 100,
      failureReason: null,
    });
    expect(await readBooks(user)).toMatchObject({
      postedMicrocredits: STARTER,
      grantsMicrocredits: [STARTER],
    });

    const { usage } = await user.openai.chat.completions.create({
      model: "large",
      messages: [{ role: "user", content: "Please respond with exactly 40 tokens." }],
    });
    const { cost, prompt_tokens, completion_tokens } = withCost.parse(usage);
    expect(completion_tokens).toBe(40);
    expect(toMicrocredits(cost)).toBe(prompt_tokens * 30 + 40 * 150);
    const after = await waitForSettledBooks(user);
    expect(after.postedMicrocredits).toBe(STARTER - toMicrocredits(cost));
    expect(after.entries.map(({ kind, amount }) => [kind, amount])).toEqual([
      ["grant", 100],
      ["capture", -cost],
    ]);
  });

  it("with a card that needs authentication, gets them only if that succeeds", async () => {
    const user = await newPerson(url);
    const opened = await openCheckout(user);
    for (const result of ["fail", "complete"] as const) {
      const challenge = await payOnPage(opened.url, user.email, ASKS_THE_BANK);
      if (!("to" in challenge)) throw new Error(challenge.problem);
      expect(challenge.to).toBe(`/c/pay/${opened.sessionId}/authenticate`);
      expect((await fetchOrder(user, opened)).status).toBe("pending");
      const answer = await answerBank(challenge.to, result);
      expect(answer.status).toBe(result === "complete" ? 303 : 402);
      if (result === "fail") expect((await readBooks(user)).entries).toEqual([]);
    }
    expect((await waitForOrder(user, opened)).status).toBe("completed");
    expect((await readBooks(user)).grantsMicrocredits).toEqual([STARTER]);
  });

  it("I5: gets them once, however often the same signed webhook comes at once", async () => {
    const user = await newPerson(url);
    const opened = await openCheckout(user);
    await setPaymentDelivery(stripeUrl, opened.sessionId, "never");
    await payOnPage(opened.url, user.email, GOOD_CARD);
    const { event, deliveries } = await waitForPaymentEvent(stripeUrl, opened.sessionId);
    expect(deliveries.map(({ state }) => state)).toEqual(["dropped"]);
    expect((await fetchOrder(user, opened)).status).toBe("pending");

    const answers = await Promise.all(
      Array.from({ length: 50 }, () => deliverSigned(url, webhookSecret, event)),
    );
    expect(answers).toEqual(answers.map(() => 200));
    expect((await fetchOrder(user, opened)).status).toBe("completed");
    expect((await readBooks(user)).grantsMicrocredits).toEqual([STARTER]);
  });

  it("I6: gets nothing by a forged event, or for a payment that Stripe denies", async () => {
    const user = await newPerson(url);
    const opened = await openCheckout(user);
    const open = await stripe.checkout.sessions.retrieve(opened.sessionId);
    const falseEvent = {
      id: `evt_${opened.stripeSessionId}`,
      object: "event",
      type: "checkout.session.completed",
      api_version: Stripe.API_VERSION,
      created: Math.floor(Date.now() / 1000),
      livemode: false,
      data: { object: { ...open, status: "complete", payment_status: "paid" } },
    };
    expect(await deliverSigned(url, "whsec_of_somebody_else", falseEvent)).toBe(400);
    expect(await deliverSigned(url, webhookSecret, falseEvent)).toBe(200);
    expect((await fetchOrder(user, opened)).status).toBe("pending");
    expect((await readBooks(user)).entries).toEqual([]);
  });

  it("gets them once when Stripe delivers twice, and again days later", async () => {
    const user = await newPerson(url);
    const opened = await openCheckout(user);
    await setPaymentDelivery(stripeUrl, opened.sessionId, "twice");
    await payOnPage(opened.url, user.email, GOOD_CARD);
    await waitFor("both deliveries", async () => {
      const { deliveries } = await waitForPaymentEvent(stripeUrl, opened.sessionId);
      return deliveries.length === 2 && deliveries.every(({ state }) => state === "delivered")
        ? true
        : undefined;
    });
    await resendEvent(stripeUrl, (await waitForPaymentEvent(stripeUrl, opened.sessionId)).event.id);
    expect((await fetchOrder(user, opened)).status).toBe("completed");
    expect((await readBooks(user)).grantsMicrocredits).toEqual([STARTER]);
  });

  it("gets them when Stripe delivers late, and none before", async () => {
    const user = await newPerson(url);
    const opened = await openCheckout(user);
    await setPaymentDelivery(stripeUrl, opened.sessionId, "late");
    await payOnPage(opened.url, user.email, GOOD_CARD);
    expect(
      (await waitForPaymentEvent(stripeUrl, opened.sessionId)).deliveries.map(({ state }) => state),
    ).toEqual(["held"]);
    expect((await readBooks(user)).entries).toEqual([]);
    await releaseHeld(stripeUrl);
    expect((await waitForOrder(user, opened)).status).toBe("completed");
    expect((await readBooks(user)).grantsMicrocredits).toEqual([STARTER]);
  });

  it("gets them when events arrive out of order", async () => {
    const user = await newPerson(url);
    const opened = await openCheckout(user);
    await setPaymentDelivery(stripeUrl, opened.sessionId, "out_of_order");
    await payOnPage(opened.url, user.email, GOOD_CARD);
    // The event is held until a later event was sent; one of another user will do.
    await buy(await newPerson(url));
    expect((await waitForOrder(user, opened)).status).toBe("completed");
    expect((await readBooks(user)).grantsMicrocredits).toEqual([STARTER]);
  });

  it("cannot pay the same page twice, nor a page whose sale was canceled", async () => {
    const user = await newPerson(url);
    const opened = await buy(user);
    expect(await payOnPage(opened.url, user.email, GOOD_CARD).catch(() => "no form")).toBe(
      "no form",
    );
    const canceled = await openCheckout(user);
    const reply = await fetch(`${url}/api/stripe-sessions/${canceled.stripeSessionId}/status`, {
      method: "PATCH",
      headers: { authorization: `Bearer ${user.accessToken}`, "content-type": "application/json" },
      body: JSON.stringify({ status: "canceled" }),
    });
    expect(reply.status).toBe(200);
    expect(await payOnPage(canceled.url, user.email, GOOD_CARD).catch(() => "no form")).toBe(
      "no form",
    );
    expect((await readBooks(user)).grantsMicrocredits).toEqual([STARTER]);
  });
});
