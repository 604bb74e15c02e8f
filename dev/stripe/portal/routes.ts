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

/** The time for which a session can be used. */
const LIFE_SECONDS = 3600;

/** Creates the routes of the customer portal's pages. */
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
        (invoice) =>
          invoice.customer === customer &&
          !["canceled", "incomplete", "incomplete_expired"].includes(invoice.status),
      );

  /** Finds the subscription of the session's flow. */
  const findFlowSubscription = (session: PortalSession): Subscription | undefined => {
    const { flow } = session;
    const namedSubscription =
      flow?.subscription_update_confirm ?? flow?.subscription_update ?? flow?.subscription_cancel;
    return listSubscriptions(session).find(({ id }) => id === namedSubscription?.subscription);
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
      .filter((invoice) => invoice.customer === session.customer && invoice.status !== "draft");
    return homePage(ctx, session, { subscriptions: listSubscriptions(session), invoices }, problem);
  }

  /** Redirects or shows a page after an action. */
  function respond(c: Request, session: PortalSession, result: ActionResult) {
    if (result !== undefined) return c.html(show(session, result.problem), 402);
    const {
      type,
      redirect,
      hosted_confirmation: confirmation,
    } = session.flow?.after_completion ?? {};
    if (type === "redirect" && redirect !== null && redirect !== undefined)
      return c.redirect(redirect.return_url, 303);
    if (session.flow === null) return c.redirect(`/p/session/${session.id}`, 303);
    return c.html(
      donePage(session, confirmation?.custom_message ?? "Your billing has been updated."),
    );
  }

  /**
   * Handles a form of the portal with an action on the subscription that the form or the flow
   * names.
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
      const namedSubscription = listSubscriptions(session).find(
        ({ id }) => id === field("subscription"),
      );
      return respond(
        c,
        session,
        work(
          session,
          session.flow === null ? namedSubscription : findFlowSubscription(session),
          field,
        ),
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
