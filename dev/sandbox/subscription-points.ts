import { makeCustomer, makeMonthly, makePayer, makeProduct, subscribe } from "./make.ts";
import { must, type Point } from "./trial.ts";

/** Points about the states of subscriptions. */
export const SUBSCRIPTION_POINTS: readonly Point[] = [
  {
    title: "A paused subscription is resumed by its payment, and paid for anew",
    async play(trial) {
      const { stripe } = trial;
      const price = await makeMonthly(trial, await makeProduct(trial));
      const { id } = await subscribe(trial, await makePayer(trial), [price]);
      const none = { unused_time_from: { type: "none" as const } };
      const paused = await trial.ask("subscriptions.pause", { bill_for: none }, (sent) =>
        stripe.subscriptions.pause(id, sent),
      );
      must(paused.ok, "it was not paused");
      must(paused.value.status === "paused", `it is ${paused.value.status}`);
      const params = {
        payment_behavior: "resume_on_payment_success" as const,
        expand: ["latest_invoice"],
      };
      const resumed = await trial.ask("subscriptions.resume", params, (sent) =>
        stripe.subscriptions.resume(id, sent),
      );
      must(resumed.ok, "it was not resumed");
      const { status, latest_invoice: invoice } = resumed.value;
      must(status === "active", `it is ${status}`);
      const paid = typeof invoice === "object" ? invoice?.amount_paid : undefined;
      must(paid === 1500, `paid ${paid}, and not 1500`);
      return "active, 1500 paid";
    },
  },
  {
    title: "A subscription takes a price only once",
    async play(trial) {
      const price = await makeMonthly(trial, await makeProduct(trial));
      const { id } = await subscribe(trial, await makePayer(trial), [price]);
      const items = [{ price }];
      const added = await trial.ask("subscriptions.update", { items }, (sent) =>
        trial.stripe.subscriptions.update(id, sent),
      );
      must(!added.ok, "it has the price twice");
      return added.error.message;
    },
  },
  {
    title: "An incomplete subscription that is canceled has expired, and its invoice is void",
    async play(trial) {
      const { stripe } = trial;
      const price = await makeMonthly(trial, await makeProduct(trial));
      const { id } = await stripe.subscriptions.create({
        customer: await makeCustomer(trial),
        items: [{ price }],
        payment_behavior: "default_incomplete",
      });
      const canceled = await trial.ask("subscriptions.cancel", {}, () =>
        stripe.subscriptions.cancel(id, { expand: ["latest_invoice"] }),
      );
      must(canceled.ok, "it was not canceled");
      const { status, latest_invoice: invoice } = canceled.value;
      const seen = `${status}, ${typeof invoice === "object" ? invoice?.status : "unknown"}`;
      must(seen === "incomplete_expired, void", seen);
      return seen;
    },
  },
];
