import { Hono, type Context as Request } from "hono";
import type { Context } from "../context.ts";
import { previewInvoice } from "../invoices/preview.ts";
import type { PortalConfiguration, PortalSession, Subscription } from "../wire.ts";
import {
  type ActionResult,
  cancel,
  changeCard,
  changePrice,
  changeTerms,
  confirmChange,
  undoCancellation,
} from "./actions.ts";
import { offeredPrices } from "./create.ts";
import { donePage, flowPage, gonePage, homePage } from "./page.ts";

/** The time for which a session can be used. */
const LIFE_SECONDS = 3600;

/** A session that can still be used, and what it may do. */
interface Visit {
  readonly session: PortalSession;
  readonly configuration: PortalConfiguration;
}

/** Creates the routes of the customer portal's pages. */
export function portalRoutes(ctx: Context) {
  const { store } = ctx;
  const find = (id: string): Visit | undefined => {
    const session = store.portalSessions.get(id);
    const configuration = store.portalConfigurations.get(session?.configuration ?? "");
    return session === undefined ||
      configuration === undefined ||
      session.created + LIFE_SECONDS <= ctx.nowSeconds()
      ? undefined
      : { session, configuration };
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

  function previewFlowChange(
    subscription: Subscription | undefined,
    { session, configuration }: Visit,
  ) {
    const items = session.flow?.subscription_update_confirm?.items;
    if (subscription === undefined || items === undefined) return {};
    const wanted = items.map(({ id, price, quantity }) => ({
      id: id ?? undefined,
      price: price ?? undefined,
      quantity,
    }));
    const subscription_details = { items: wanted, ...changeTerms(configuration, subscription) };
    return { change: previewInvoice(ctx, { subscription: subscription.id, subscription_details }) };
  }

  function show(visit: Visit, problem?: string) {
    const { session, configuration } = visit;
    if (session.flow !== null) {
      const subscription = findFlowSubscription(session);
      const prices = store.prices
        .newestFirst()
        .filter(({ id, active }) => active && offeredPrices(configuration).includes(id));
      return flowPage(
        ctx,
        session,
        { subscription, prices, ...previewFlowChange(subscription, visit) },
        problem,
      );
    }
    const invoices = store.invoices
      .newestFirst()
      .filter((invoice) => invoice.customer === session.customer && invoice.status !== "draft");
    const subscriptions = listSubscriptions(session);
    return homePage(ctx, visit, { subscriptions, invoices }, problem);
  }

  /** Redirects or shows a page after an action. */
  function respond(c: Request, visit: Visit, result: ActionResult) {
    const { session } = visit;
    if (result !== undefined) return c.html(show(visit, result.problem), 402);
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
      visit: Visit,
      subscription: Subscription | undefined,
      field: (name: string) => string,
    ) => ActionResult,
  ) => {
    return async (c: Request) => {
      const body = await c.req.formData().catch(() => new FormData());
      const visit = find(c.req.param("id") ?? "");
      if (visit === undefined) return c.html(gonePage, 410);
      const { session } = visit;
      const field = (name: string): string => {
        const value = body.get(name);
        return typeof value === "string" ? value.trim() : "";
      };
      const namedSubscription = listSubscriptions(session).find(
        ({ id }) => id === field("subscription"),
      );
      return respond(
        c,
        visit,
        work(
          visit,
          session.flow === null ? namedSubscription : findFlowSubscription(session),
          field,
        ),
      );
    };
  };
  const cannotChange: ActionResult = { problem: "This subscription cannot be changed any more." };

  return new Hono()
    .get("/:id", (c) => {
      const visit = find(c.req.param("id"));
      return visit === undefined ? c.html(gonePage, 410) : c.html(show(visit));
    })
    .post(
      "/:id/confirm",
      form(({ session, configuration }, subscription) =>
        subscription === undefined || session.flow === null
          ? cannotChange
          : confirmChange(ctx, configuration, subscription, session.flow),
      ),
    )
    .post(
      "/:id/update",
      form(({ configuration }, subscription, field) =>
        subscription === undefined
          ? cannotChange
          : changePrice(ctx, configuration, subscription, field("price")),
      ),
    )
    .post(
      "/:id/cancel",
      form(({ configuration }, subscription) =>
        subscription === undefined ? cannotChange : cancel(ctx, configuration, subscription),
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
      form(({ session, configuration }, _, field) => {
        const [number, expiry, cvc] = [field("number"), field("expiry"), field("cvc")];
        return configuration.features.payment_method_update.enabled
          ? changeCard(ctx, session.customer, { number, expiry, cvc })
          : { problem: "Payment methods cannot be changed here." };
      }),
    );
}
