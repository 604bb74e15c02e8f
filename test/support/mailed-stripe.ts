import { createExecutionContext } from "cloudflare:test";
import { app } from "../../src/app.ts";
import type { MailWorker } from "./mail-worker.ts";
import { standInStripe, type TestStripe } from "./stripe.ts";
import { buildEvent, signDelivery } from "./webhook.ts";

/** Stands a local Stripe in, whose webhooks reach a Worker that sends mails. */
export function standInMailedStripe(worker: MailWorker): TestStripe {
  worker.connect();
  return standInStripe({
    webhook: {
      url: "http://farebox.test/api/webhooks/stripe",
      secret: "whsec_test_local",
      send: async (request) => app.fetch(request, worker.env, createExecutionContext()),
    },
  });
}

/** Tells that Worker of an object at Stripe once more, as Stripe may at any time. */
export const tellMailed = async (
  worker: MailWorker,
  type: string,
  objectId: string,
): Promise<Response> =>
  app.fetch(await signDelivery(buildEvent(type, objectId)), worker.env, createExecutionContext());
