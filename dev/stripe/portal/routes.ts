import { Hono, type Context as Request } from "hono";
import type { Context } from "../context.ts";
import { previewInvoice } from "../invoices/preview.ts";
import type { PortalSession, Subscription } from "../wire.ts";
import {
  type ActionResult,
  cancelAtPeriodEnd,
  changeCard,
  changePrice,
  confirmChange,
  undoCancellation,
} from "./actions.ts";
import { donePage, flowPage, gonePage, homePage } from "./page.ts";

/** How long a session can be used. */
const LIFE_SECONDS = 3600;

/** The pages of the customer portal. */
export function portalRoutes(ctx: Context) {
  const { store } = ctx;
  const find = (id: string): PortalSession | undefined => {
    const session = store.portalSessions.get(id);
    return session === undefined || session.created + LIFE_SECONDS <= ctx.nowSeconds()
      ? undefined
      : session;
  };
  const listSubscriptions = ({ customer }: PortalSession): Subscription[] =>
    store.subscriptions
      .newestFirst()
      .filter(
        (one) =>
          one.customer === customer &&
          !["canceled", "incomplete", "incomplete_expired"].includes(one.status),
      );

  /** The subscription of the session's flow. */
  const findFlowSubscription = (session: PortalSession): Subscription | undefined => {
    const { flow } = session;
    const named =
      flow?.subscription_update_confirm ?? flow?.subscription_update ?? flow?.subscription_cancel;
    return listSubscriptions(session).find(({ id }) => id === named?.subscription);
  };

  function previewFlowChange(subscription: Subscription | undefined, { flow }: PortalSession) {
    const items = flow?.subscription_update_confirm?.items;
    if (subscription === undefined || items === undefined) return {};
    const wanted = items.map(({ id, price, quantity }) => ({
      id: id ?? undefined,
      price: price ?? undefined,
      quantity,
    }));
    const trial = subscription.status === "trialing" ? ({ trial_end: "now" } as const) : {};
    const subscription_details = {
      items: wanted,
      proration_behavior: "always_invoice",
      ...trial,
    } as const;
    return { change: previewInvoice(ctx, { subscription: subscription.id, subscription_details }) };
  }

  function show(session: PortalSession, problem?: string) {
    if (session.flow !== null) {
      const subscription = findFlowSubscription(session);
      const prices = store.prices
        .newestFirst()
        .filter(({ active, recurring }) => active && recurring?.usage_type === "licensed");
      return flowPage(
        ctx,
        session,
        { subscription, prices, ...previewFlowChange(subscription, session) },
        problem,
      );
    }
    const invoices = store.invoices
      .newestFirst()
      .filter((one) => one.customer === session.customer && one.status !== "draft");
    return homePage(ctx, session, { subscriptions: listSubscriptions(session), invoices }, problem);
  }

  /** Where one is led once something is done. */
  function respond(c: Request, session: PortalSession, done: ActionResult) {
    if (done !== undefined) return c.html(show(session, done.problem), 402);
    const { type, redirect, hosted_confirmation: shown } = session.flow?.after_completion ?? {};
    if (type === "redirect" && redirect !== null && redirect !== undefined)
      return c.redirect(redirect.return_url, 303);
    if (session.flow === null) return c.redirect(`/p/session/${session.id}`, 303);
    return c.html(donePage(session, shown?.custom_message ?? "Your billing has been updated."));
  }

  /**
   * A form of the session's page: does it, about the subscription that it names or that the flow is
   * about.
   */
  const form = (
    work: (
      session: PortalSession,
      subscription: Subscription | undefined,
      field: (name: string) => string,
    ) => ActionResult,
  ) => {
    return async (c: Request) => {
      const body = await c.req.formData().catch(() => new FormData());
      const session = find(c.req.param("id") ?? "");
      if (session === undefined) return c.html(gonePage, 410);
      const field = (name: string): string => {
        const value = body.get(name);
        return typeof value === "string" ? value.trim() : "";
      };
      const named = listSubscriptions(session).find(({ id }) => id === field("subscription"));
      return respond(
        c,
        session,
        work(session, session.flow === null ? named : findFlowSubscription(session), field),
      );
    };
  };
  const cannotChange: ActionResult = { problem: "This subscription cannot be changed any more." };

  return new Hono()
    .get("/:id", (c) => {
      const session = find(c.req.param("id"));
      return session === undefined ? c.html(gonePage, 410) : c.html(show(session));
    })
    .post(
      "/:id/confirm",
      form((session, subscription) =>
        subscription === undefined || session.flow === null
          ? cannotChange
          : confirmChange(ctx, subscription, session.flow),
      ),
    )
    .post(
      "/:id/update",
      form((_, subscription, field) =>
        subscription === undefined ? cannotChange : changePrice(ctx, subscription, field("price")),
      ),
    )
    .post(
      "/:id/cancel",
      form((_, subscription) =>
        subscription === undefined ? cannotChange : cancelAtPeriodEnd(ctx, subscription),
      ),
    )
    .post(
      "/:id/keep",
      form((_, subscription) =>
        subscription === undefined ? cannotChange : undoCancellation(ctx, subscription),
      ),
    )
    .post(
      "/:id/card",
      form((session, _, field) =>
        changeCard(ctx, session.customer, {
          number: field("number"),
          expiry: field("expiry"),
          cvc: field("cvc"),
        }),
      ),
    );
}
