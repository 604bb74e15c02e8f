import { Hono } from "hono";
import { checkoutRoutes } from "./checkout/routes.ts";
import type { Context } from "./context.ts";
import { type Control, createControl } from "./control.ts";
import { dashboardRoutes } from "./dashboard.ts";
import { createWebhookSender, type Webhook } from "./deliver.ts";
import { invoiceRoutes } from "./invoices/page.ts";
import { intentRoutes } from "./payments/routes.ts";
import { portalRoutes } from "./portal/routes.ts";
import { createRateLimit } from "./rate-limit.ts";
import { emptySnapshot, openStore, type Snapshot } from "./store.ts";
import { apiRoutes } from "./v1.ts";

/** The options of a local Stripe. */
export interface LocalStripeOptions {
  /** The origin at which a browser reaches it, for links in its answers. */
  readonly origin: string;
  /** The only API key that it accepts. */
  readonly secretKey: string;
  /** The webhook endpoint. Without one, events are only listed. */
  readonly webhook?: Webhook;
  /** The state to start from, as `control.snapshot()` returned it. It is modified. */
  readonly snapshot?: Snapshot;
  /** The wall clock, in ms. */
  readonly nowMs?: () => number;
}

/**
 * A Stripe on this machine: its API, its checkout page, its webhooks, and switches for what can go
 * wrong.
 */
export interface LocalStripe {
  readonly app: Hono;
  /** Answers a request, as a server would. */
  readonly fetch: (request: Request) => Promise<Response>;
  readonly control: Control;
}

/**
 * Creates a Stripe that needs no account and no network. It keeps its state in memory: see
 * `control.snapshot`.
 */
export function createLocalStripe(options: LocalStripeOptions): LocalStripe {
  const now = options.nowMs ?? Date.now;
  const store = openStore(options.snapshot ?? emptySnapshot());
  const ctx: Context = {
    origin: new URL(options.origin).origin,
    store,
    nowSeconds: () => Math.floor(now() / 1000) + store.settings.offsetSeconds,
    hasWebhook: options.webhook !== undefined,
    request: null,
  };
  const rateLimit = createRateLimit(now);
  const control = createControl(ctx, createWebhookSender(ctx, options.webhook), rateLimit);
  const app = new Hono()
    .use(async (_, next) => {
      control.sweep();
      await next();
    })
    .route("/", apiRoutes(ctx, options.secretKey, rateLimit))
    .route("/c/pay", checkoutRoutes(ctx))
    .route("/i", invoiceRoutes(ctx))
    .route("/p/session", portalRoutes(ctx))
    .route("/c/intents", intentRoutes(ctx))
    .route("/", dashboardRoutes(ctx, control));
  const fetch = async (request: Request): Promise<Response> => {
    const response = await app.fetch(request);
    // A caller that has given up gets no answer, as over a network.
    request.signal.throwIfAborted();
    return response;
  };
  return { app, fetch, control };
}
