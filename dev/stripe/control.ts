import { runBilling } from "./billing-clock.ts";
import { expireDueSessions, expireSession } from "./checkout/expire.ts";
import { completeSessionDebit } from "./checkout/pay.ts";
import type { Context } from "./context.ts";
import type { WebhookSender } from "./deliver.ts";
import { expireSpentCodes } from "./discounts/apply.ts";
import { pruneEvents } from "./events.ts";
import { pruneIdempotencyKeys } from "./idempotency.ts";
import { reportUncountedUsage, type UncountedUsage } from "./meter-reports.ts";
import { applyAfterAttempt } from "./payments/after-attempt.ts";
import { completeIntentDebit } from "./payments/attempt.ts";
import {
  appealDispute,
  closeDispute,
  escalateInquiry,
  isOpen,
  openDispute,
} from "./payments/disputes.ts";
import { completeDueRefunds, completeRefund } from "./payments/refunds.ts";
import { authenticateIntent } from "./payments/routes.ts";
import type { RateLimit } from "./rate-limit.ts";
import type { BillingSettings, EventRule, Fault } from "./store.ts";
import type { Dispute } from "./wire.ts";

type Optional<T, Key extends keyof T> = Omit<T, Key> & Partial<Pick<T, Key>>;

/** Creates the switches by which a test, or a person at the page, controls this Stripe. */
export function createControl(ctx: Context, webhookSender: WebhookSender, rateLimit: RateLimit) {
  const { store } = ctx;
  const sweep = (): void => {
    runBilling(ctx);
    expireDueSessions(ctx);
    completeDueRefunds(ctx);
    expireSpentCodes(ctx);
    pruneIdempotencyKeys(ctx);
    pruneEvents(ctx);
  };
  return {
    ...webhookSender,
    /**
     * Does the work that is due: expires sessions, prunes idempotency keys and events. Every
     * request does the same.
     */
    sweep,
    /** Moves this Stripe's clock forward. It sends nothing: `deliver` does that. */
    advance(seconds: number): void {
      store.set({ offsetSeconds: store.settings.offsetSeconds + Math.max(0, Math.floor(seconds)) });
      sweep();
    },
    /**
     * Sets how the next events are sent, as many as `times` (1), of one type or of any, `about` one
     * object or any: `twice`; `late`, once they are released; `out_of_order`, after a later event;
     * or `never`, although `/v1/events` lists them.
     */
    nextEvents(rule: Optional<EventRule, "times">): void {
      store.set({ rules: [...store.settings.rules, { times: 1, ...rule }] });
    },
    /**
     * Sets how the next requests to `path` are answered, as many as `times` (1). In it, `:id`
     * stands for any segment, and a slash at its end for all below. `lost` does the work and
     * answers 502.
     */
    nextRequests(fault: Optional<Fault, "times" | "seconds">): void {
      store.set({ faults: [...store.settings.faults, { times: 1, seconds: 30, ...fault }] });
    },
    /** Limits the requests in a second, as a sandbox does (25); null limits nothing. */
    limitRate: (perSecond: number | null): void => rateLimit.set(perSecond),
    /** Removes all switches that have not been used up. */
    clearSwitches(): void {
      rateLimit.set(null);
      store.set({ rules: [], faults: [] });
    },
    /** Ends the wait of a session for a bank debit. Returns false if it does not wait for one. */
    completeDebit: (sessionId: string, outcome: "succeeded" | "failed"): boolean =>
      completeSessionDebit(ctx, sessionId, outcome),
    /** Expires an open session. Returns false if it is not open. */
    expire(sessionId: string): boolean {
      const session = store.sessions.get(sessionId);
      if (session?.status !== "open") return false;
      expireSession(ctx, session);
      return true;
    },
    /**
     * Ends the wait for a bank debit of an intent without a session. Returns false if it does not
     * wait for one.
     */
    completeIntentDebit(intentId: string, outcome: "succeeded" | "failed"): boolean {
      const attempt = completeIntentDebit(ctx, intentId, outcome);
      if (attempt === undefined) return false;
      applyAfterAttempt(ctx, attempt, { isDebit: true });
      return true;
    },
    /**
     * Answers the bank's question for an intent without a session. Returns false if there is no
     * question.
     */
    authenticateIntent: (intentId: string, result: "complete" | "fail"): boolean =>
      authenticateIntent(ctx, intentId, result),
    /**
     * Completes a refund: a pending one succeeds or is canceled, and any can fail, even one that
     * had succeeded.
     */
    completeRefund: (id: string, outcome: "succeeded" | "failed" | "canceled"): boolean =>
      completeRefund(ctx, id, outcome),
    /**
     * Fails a refund that the bank cannot pay out. Returns false if it has already ended otherwise.
     */
    failRefund: (id: string): boolean => completeRefund(ctx, id, "failed"),
    /**
     * Opens a dispute of a charge, identified by its id or its intent's. An inquiry takes no money
     * yet. Returns undefined if there is no paid charge, or it is already disputed.
     */
    dispute(
      chargeOrIntent: string,
      params: {
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
        amountMinor: params.amount,
        reason: params.reason,
        isInquiry: params.inquiry ?? false,
      });
    },
    /**
     * Closes a dispute as the bank decides; an inquiry can only be `warning_closed`. Returns false
     * if it cannot end with this outcome.
     */
    closeDispute: (id: string, outcome: "won" | "lost" | "warning_closed"): boolean =>
      closeDispute(ctx, id, outcome),
    /** Appeals a dispute that was lost: it is open again. Returns false if it was not lost. */
    appealDispute: (id: string): boolean => appealDispute(ctx, id),
    /**
     * Turns an inquiry into a dispute, which takes the money. Returns false if it is not an open
     * inquiry.
     */
    escalateInquiry: (id: string): boolean => escalateInquiry(ctx, id),
    /** Reports usage that was taken and is not counted, by a thin event. */
    reportUncountedUsage: (usage: UncountedUsage) => reportUncountedUsage(ctx, usage),
    /**
     * Makes the automatic payments of a customer fail from now on, whatever the card, or no longer.
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
    /** Sets whether the dashboard has an address of terms of service, as it has by default. */
    hasTermsUrl(has: boolean): void {
      store.set({ billing: { ...store.settings.billing, lacksTermsUrl: !has } });
    },
    /**
     * Sets the status of a subscription after the last retry of an invoice has failed; `canceled`
     * by default.
     */
    afterRetries(status: BillingSettings["afterRetries"]): void {
      store.set({ billing: { ...store.settings.billing, afterRetries: status } });
    },
    /** Returns all events, oldest first. */
    events: () => store.events.oldestFirst(),
    /** Returns all deliveries, oldest first. */
    deliveries: () => store.deliveries.oldestFirst(),
    /** Returns the whole state as plain JSON, from which another local Stripe can start. */
    snapshot: store.snapshot,
    /** Returns a number that grows with every change of the state. */
    revision: store.revision,
  };
}
export type Control = ReturnType<typeof createControl>;
