import { runBilling } from "./billing-clock.ts";
import { expireDueSessions, expireSession } from "./checkout/expire.ts";
import { settleSession } from "./checkout/pay.ts";
import type { Context } from "./context.ts";
import type { WebhookSender } from "./deliver.ts";
import { expireSpentCodes } from "./discounts/apply.ts";
import { pruneEvents } from "./events.ts";
import { pruneIdempotencyKeys } from "./idempotency.ts";
import { applyAfterAttempt } from "./payments/after-attempt.ts";
import { settleIntent } from "./payments/attempt.ts";
import { closeDispute, escalateInquiry, isOpen, openDispute } from "./payments/disputes.ts";
import { settleDueRefunds, settleRefund } from "./payments/refunds.ts";
import { authenticateIntent } from "./payments/routes.ts";
import type { BillingSettings, EventRule, Fault } from "./store.ts";
import type { Dispute } from "./wire.ts";

type Optional<T, Key extends keyof T> = Omit<T, Key> & Partial<Pick<T, Key>>;

/** The switches: what a test, or a person at the page, can make this Stripe do. */
export function createControl(ctx: Context, webhookSender: WebhookSender) {
  const { store } = ctx;
  const sweep = (): void => {
    runBilling(ctx);
    expireDueSessions(ctx);
    settleDueRefunds(ctx);
    expireSpentCodes(ctx);
    pruneIdempotencyKeys(ctx);
    pruneEvents(ctx);
  };
  return {
    ...webhookSender,
    /**
     * Does what time has brought: ends sessions, forgets idempotency keys and events. Every request
     * does it too.
     */
    sweep,
    /** Moves this Stripe's clock forward. Nothing is sent by it: `deliver` does that. */
    advance(seconds: number): void {
      store.set({ offsetSeconds: store.settings.offsetSeconds + Math.max(0, Math.floor(seconds)) });
      sweep();
    },
    /**
     * What is to happen to the next events, as many as `times` (1), of a type or of any, `about`
     * the object of an id or of any: sent `twice`; `late`, when they are released; `out_of_order`,
     * after a later event; or `never`, though `/v1/events` lists them.
     */
    nextEvents(rule: Optional<EventRule, "times">): void {
      store.set({ rules: [...store.settings.rules, { times: 1, ...rule }] });
    },
    /**
     * What is to happen to the next requests, as many as `times` (1), whose path begins so. `lost`
     * does it and answers 502.
     */
    nextRequests(fault: Optional<Fault, "times" | "seconds">): void {
      store.set({ faults: [...store.settings.faults, { times: 1, seconds: 30, ...fault }] });
    },
    /** Forgets all switches that have not been used up. */
    clearSwitches(): void {
      store.set({ rules: [], faults: [] });
    },
    /** Ends the wait for a bank debit. False where the session does not wait for one. */
    settle: (sessionId: string, outcome: "succeeded" | "failed"): boolean =>
      settleSession(ctx, sessionId, outcome),
    /** Ends an open session as time would. False where it is not open. */
    expire(sessionId: string): boolean {
      const session = store.sessions.get(sessionId);
      if (session?.status !== "open") return false;
      expireSession(ctx, session);
      return true;
    },
    /**
     * Ends the wait for a bank debit of an intent that no session made. False where it does not
     * wait for one.
     */
    settleIntent(intentId: string, outcome: "succeeded" | "failed"): boolean {
      const settled = settleIntent(ctx, intentId, outcome);
      if (settled === undefined) return false;
      applyAfterAttempt(ctx, settled);
      return true;
    },
    /**
     * Answers the bank for the card holder of an intent that no session made. False where it asks
     * nobody.
     */
    authenticateIntent: (intentId: string, result: "complete" | "fail"): boolean =>
      authenticateIntent(ctx, intentId, result),
    /**
     * What becomes of a refund: it fails (also after it had succeeded), and one that is pending
     * arrives or is canceled.
     */
    settleRefund: (id: string, outcome: "succeeded" | "failed" | "canceled"): boolean =>
      settleRefund(ctx, id, outcome),
    /** The bank cannot give the money of a refund back. False where it has ended otherwise. */
    failRefund: (id: string): boolean => settleRefund(ctx, id, "failed"),
    /**
     * A card holder disputes a charge, named by its id or its intent's. An inquiry takes no money
     * yet. Undefined where there is no paid charge, or it is disputed already.
     */
    dispute(
      chargeOrIntent: string,
      wanted: {
        readonly amount?: number;
        readonly reason?: string;
        readonly inquiry?: boolean;
      } = {},
    ): Dispute | undefined {
      const id = store.paymentIntents.get(chargeOrIntent)?.latest_charge ?? chargeOrIntent;
      const charge = store.charges.get(id);
      const isDisputed = store.disputes
        .oldestFirst()
        .some((dispute) => dispute.charge === id && isOpen(dispute));
      if (charge?.status !== "succeeded" || isDisputed) return undefined;
      return openDispute(ctx, charge, {
        amountMinor: wanted.amount,
        reason: wanted.reason,
        isInquiry: wanted.inquiry ?? false,
      });
    },
    /**
     * The bank decides on a dispute; an inquiry can only be `warning_closed`. False where it cannot
     * end so.
     */
    closeDispute: (id: string, outcome: "won" | "lost" | "warning_closed"): boolean =>
      closeDispute(ctx, id, outcome),
    /** An inquiry becomes a dispute, and the money is taken. False where it is no open inquiry. */
    escalateInquiry: (id: string): boolean => escalateInquiry(ctx, id),
    /**
     * From now on, the automatic payments of a customer are declined, whatever the card; or no
     * longer.
     */
    failPayments(customerId: string, isFailing = true): void {
      const others = store.settings.billing.failing.filter((id) => id !== customerId);
      store.set({
        billing: {
          ...store.settings.billing,
          failing: isFailing ? [...others, customerId] : others,
        },
      });
    },
    /**
     * What becomes of a subscription once the last retry of an invoice has failed: `canceled`,
     * unless said otherwise.
     */
    afterRetries(status: BillingSettings["afterRetries"]): void {
      store.set({ billing: { ...store.settings.billing, afterRetries: status } });
    },
    /** All events, oldest first. */
    events: () => store.events.oldestFirst(),
    /** All deliveries, oldest first. */
    deliveries: () => store.deliveries.oldestFirst(),
    /** All of the state as plain JSON, to start another one from. */
    snapshot: store.snapshot,
    /** Grows with every change of the state. */
    revision: store.revision,
  };
}
export type Control = ReturnType<typeof createControl>;
