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

/** What the bank's page answers: where it sends the payer, or the page again with what is wrong. */
const answerBank = (page: string, result: "complete" | "fail") =>
  fetch(new URL(page, stripeUrl), {
    method: "POST",
    body: new URLSearchParams({ result }),
    redirect: "manual",
  });

describe.concurrent("buying credits", () => {
  it("signs up, is declined, pays, chats, and the books add up to the microcredit", async () => {
    const rider = await newPerson(url);
    const opened = await openCheckout(rider);
    expect(await payOnPage(opened.url, rider.email, DECLINES)).toEqual({
      problem: "Your card was declined.",
    });
    expect((await fetchOrder(rider, opened)).status).toBe("pending");
    expect((await readBooks(rider)).entries).toEqual([]);

    const paid = await payOnPage(opened.url, rider.email, GOOD_CARD);
    expect(paid).toEqual({
      to: expect.stringContaining(`session_id=${opened.sessionId}&success=true`),
    });
    expect(await waitForOrder(rider, opened)).toMatchObject({
      status: "completed",
      credits: 100,
      failureReason: null,
    });
    expect(await readBooks(rider)).toMatchObject({
      postedMicrocredits: STARTER,
      grantsMicrocredits: [STARTER],
    });

    const { usage } = await rider.openai.chat.completions.create({
      model: "large",
      messages: [{ role: "user", content: "Please respond with exactly 40 tokens." }],
    });
    const { cost, prompt_tokens, completion_tokens } = withCost.parse(usage);
    expect(completion_tokens).toBe(40);
    expect(toMicrocredits(cost)).toBe(prompt_tokens * 30 + 40 * 150);
    const after = await waitForSettledBooks(rider);
    expect(after.postedMicrocredits).toBe(STARTER - toMicrocredits(cost));
    expect(after.entries.map(({ kind, amount }) => [kind, amount])).toEqual([
      ["grant", 100],
      ["capture", -cost],
    ]);
  });

  it("with a card whose bank asks, gets them when the bank says yes and nothing when it says no", async () => {
    const rider = await newPerson(url);
    const opened = await openCheckout(rider);
    for (const result of ["fail", "complete"] as const) {
      const asked = await payOnPage(opened.url, rider.email, ASKS_THE_BANK);
      if (!("to" in asked)) throw new Error(asked.problem);
      expect(asked.to).toBe(`/c/pay/${opened.sessionId}/authenticate`);
      expect((await fetchOrder(rider, opened)).status).toBe("pending");
      const answer = await answerBank(asked.to, result);
      expect(answer.status).toBe(result === "complete" ? 303 : 402);
      if (result === "fail") expect((await readBooks(rider)).entries).toEqual([]);
    }
    expect((await waitForOrder(rider, opened)).status).toBe("completed");
    expect((await readBooks(rider)).grantsMicrocredits).toEqual([STARTER]);
  });

  it("I5: gets them once, however often at once the same signed webhook comes", async () => {
    const rider = await newPerson(url);
    const opened = await openCheckout(rider);
    await setPaymentDelivery(stripeUrl, opened.sessionId, "never");
    await payOnPage(opened.url, rider.email, GOOD_CARD);
    const { event, deliveries } = await waitForPaymentEvent(stripeUrl, opened.sessionId);
    expect(deliveries.map(({ state }) => state)).toEqual(["dropped"]);
    expect((await fetchOrder(rider, opened)).status).toBe("pending");

    const answers = await Promise.all(
      Array.from({ length: 50 }, () => deliverSigned(url, webhookSecret, event)),
    );
    expect(answers).toEqual(answers.map(() => 200));
    expect((await fetchOrder(rider, opened)).status).toBe("completed");
    expect((await readBooks(rider)).grantsMicrocredits).toEqual([STARTER]);
  });

  it("I6: gets nothing by an event that somebody else signed, or that tells of a payment that Stripe has not seen", async () => {
    const rider = await newPerson(url);
    const opened = await openCheckout(rider);
    const open = await stripe.checkout.sessions.retrieve(opened.sessionId);
    const lie = {
      id: `evt_${opened.stripeSessionId}`,
      object: "event",
      type: "checkout.session.completed",
      api_version: Stripe.API_VERSION,
      created: Math.floor(Date.now() / 1000),
      livemode: false,
      data: { object: { ...open, status: "complete", payment_status: "paid" } },
    };
    expect(await deliverSigned(url, "whsec_of_somebody_else", lie)).toBe(400);
    expect(await deliverSigned(url, webhookSecret, lie)).toBe(200);
    expect((await fetchOrder(rider, opened)).status).toBe("pending");
    expect((await readBooks(rider)).entries).toEqual([]);
  });

  it("gets them once when Stripe delivers twice, and again days later", async () => {
    const rider = await newPerson(url);
    const opened = await openCheckout(rider);
    await setPaymentDelivery(stripeUrl, opened.sessionId, "twice");
    await payOnPage(opened.url, rider.email, GOOD_CARD);
    await waitFor("both deliveries", async () => {
      const { deliveries } = await waitForPaymentEvent(stripeUrl, opened.sessionId);
      return deliveries.length === 2 && deliveries.every(({ state }) => state === "delivered")
        ? true
        : undefined;
    });
    await resendEvent(stripeUrl, (await waitForPaymentEvent(stripeUrl, opened.sessionId)).event.id);
    expect((await fetchOrder(rider, opened)).status).toBe("completed");
    expect((await readBooks(rider)).grantsMicrocredits).toEqual([STARTER]);
  });

  it("gets them when Stripe delivers late, and none before", async () => {
    const rider = await newPerson(url);
    const opened = await openCheckout(rider);
    await setPaymentDelivery(stripeUrl, opened.sessionId, "late");
    await payOnPage(opened.url, rider.email, GOOD_CARD);
    expect(
      (await waitForPaymentEvent(stripeUrl, opened.sessionId)).deliveries.map(({ state }) => state),
    ).toEqual(["held"]);
    expect((await readBooks(rider)).entries).toEqual([]);
    await releaseHeld(stripeUrl);
    expect((await waitForOrder(rider, opened)).status).toBe("completed");
    expect((await readBooks(rider)).grantsMicrocredits).toEqual([STARTER]);
  });

  it("gets them when events arrive out of order", async () => {
    const rider = await newPerson(url);
    const opened = await openCheckout(rider);
    await setPaymentDelivery(stripeUrl, opened.sessionId, "out_of_order");
    await payOnPage(opened.url, rider.email, GOOD_CARD);
    // Overtaken until a later event was sent: somebody else's will do.
    await buy(await newPerson(url));
    expect((await waitForOrder(rider, opened)).status).toBe("completed");
    expect((await readBooks(rider)).grantsMicrocredits).toEqual([STARTER]);
  });

  it("cannot pay the same page twice, nor one whose sale was canceled", async () => {
    const rider = await newPerson(url);
    const opened = await buy(rider);
    expect(await payOnPage(opened.url, rider.email, GOOD_CARD).catch(() => "no form")).toBe(
      "no form",
    );
    const canceled = await openCheckout(rider);
    const reply = await fetch(`${url}/api/stripe-sessions/${canceled.stripeSessionId}/status`, {
      method: "PATCH",
      headers: { authorization: `Bearer ${rider.key}`, "content-type": "application/json" },
      body: JSON.stringify({ status: "canceled" }),
    });
    expect(reply.status).toBe(200);
    expect(await payOnPage(canceled.url, rider.email, GOOD_CARD).catch(() => "no form")).toBe(
      "no form",
    );
    expect((await readBooks(rider)).grantsMicrocredits).toEqual([STARTER]);
  });
});
