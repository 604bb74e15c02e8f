import type Stripe from "stripe";
import { requireCaller } from "../../auth/index.ts";
import type { Context } from "../../context.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { list } from "../../http/answer-fields.ts";
import { boundedText } from "../../http/bounded.ts";
import { describeRoute } from "../../http/describe-route.ts";
import { router } from "../../http/factory.ts";
import { type PageQuery, pageQuery } from "../../http/page.ts";
import { refuse } from "../../http/respond.ts";
import { validate } from "../../http/validate.ts";
import { limitPayments } from "../access/limit-payments.ts";
import { canView } from "../access/ownership.ts";
import { resolveUser } from "../access/resolve-user.ts";
import { findCustomerId } from "../stripe/customer.ts";
import { callStripe } from "../stripe/stripe.ts";
import { fetchInvoice, findRecordedInvoice } from "./fetch-invoice.ts";
import { type StripePage, showInvoice, showStripePage } from "./show.ts";
import { invoiceDetailView, invoiceView } from "./wire.ts";

const query = pageQuery.extend({
  cursor: boundedText(203)
    .regex(/^in_\w{1,200}$/, "must be the nextCursor of an earlier page of this list")
    .optional(),
  userId: boundedText(100).default("me"),
});

const NO_INVOICES: StripePage<Stripe.Invoice> = { data: [], has_more: false };

async function fetchInvoices(
  { db, config }: Context,
  userId: string,
  { limit, cursor }: PageQuery,
): Promise<Result<StripePage<Stripe.Invoice>>> {
  const customer = await findCustomerId(db, userId);
  if (customer === undefined) return ok(NO_INVOICES);
  const after = cursor === undefined ? {} : { starting_after: cursor };
  const listed = await callStripe(config, (stripe) =>
    stripe.invoices.list({ customer, limit, ...after }),
  );
  if (listed.ok || listed.failure.code !== "stripe_refused") return listed;
  // A customer who was deleted at Stripe still has their invoices there. One who never existed has
  // none.
  return cursor === undefined
    ? ok(NO_INVOICES)
    : fail("invalid_request", "cursor: must be the nextCursor of an earlier page of this list", {
        param: "cursor",
      });
}

/** `/api/invoices` */
export const invoiceRoutes = router()
  .get(
    "/",
    requireCaller("read"),
    limitPayments,
    validate("query", query),
    describeRoute(
      "Lists a user's Stripe invoices, newest first, without drafts.",
      list(invoiceView),
      ["not_found", "billing_unavailable"],
    ),
    async (c) => {
      const { ctx, caller } = c.var;
      const { userId, ...page } = c.req.valid("query");
      const user = await resolveUser(ctx.db, caller, userId);
      if (!user.ok) return refuse(c, user.failure);
      const listed = await fetchInvoices(ctx, user.value.id, page);
      if (!listed.ok) return refuse(c, listed.failure);
      // A draft may still change.
      return c.json(
        showStripePage(listed.value, (invoices) =>
          invoices.filter(({ status }) => status !== "draft").map(showInvoice),
        ),
      );
    },
  )
  .get(
    "/:id",
    requireCaller("read"),
    limitPayments,
    describeRoute(
      "Returns an invoice of a subscription, with its receipt and refunds.",
      invoiceDetailView,
      ["not_found", "billing_unavailable"],
    ),
    async (c) => {
      const { ctx, caller } = c.var;
      const id = c.req.param("id");
      const recorded = await findRecordedInvoice(ctx, id);
      if (recorded === undefined || !canView(caller, recorded.userId))
        return refuse(c, { code: "not_found", message: `There is no invoice ${id}.` });
      const invoice = await fetchInvoice(ctx, recorded);
      return invoice.ok ? c.json(invoice.value) : refuse(c, invoice.failure);
    },
  );
