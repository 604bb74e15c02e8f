import type Stripe from "stripe";
import { z } from "zod";
import { requireCaller } from "../../auth/index.ts";
import type { Config } from "../../config.ts";
import { database } from "../../db.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { router } from "../../http/factory.ts";
import { pageQuery } from "../../http/page.ts";
import { refuse } from "../../http/respond.ts";
import { validate } from "../../http/validate.ts";
import { limitPayments } from "../access/limit-payments.ts";
import { resolveUser } from "../access/resolve-user.ts";
import { findCustomerId } from "../stripe/customer.ts";
import { callStripe } from "../stripe/stripe.ts";
import { showInvoice } from "./show.ts";

const query = pageQuery.extend({
  cursor: z
    .string()
    .regex(/^in_\w{1,200}$/, "is not a cursor of this list")
    .optional(),
  userId: z.string().max(100).default("me"),
});

type InvoicePage = Pick<Stripe.ApiList<Stripe.Invoice>, "data" | "has_more">;

async function fetchInvoices(
  config: Config,
  customer: string | undefined,
  { limit, after }: { limit: number; after: string | undefined },
): Promise<Result<InvoicePage>> {
  if (customer === undefined) return ok({ data: [], has_more: false });
  const params = { customer, limit, ...(after === undefined ? {} : { starting_after: after }) };
  const listed = await callStripe(config, (stripe) => stripe.invoices.list(params));
  if (listed.ok || listed.failure.code !== "stripe_refused") return listed;
  // A customer who was deleted at Stripe still has their invoices there; one who never was, has
  // none.
  return after === undefined
    ? ok({ data: [], has_more: false })
    : fail("invalid_request", "cursor: is not a cursor of this list.", { param: "cursor" });
}

/**
 * `/api/invoices`: a user's invoices as they are at Stripe, newest first. Drafts are not shown:
 * they may still change.
 */
export const invoiceRoutes = router().get(
  "/",
  requireCaller("read"),
  limitPayments,
  validate("query", query),
  async (c) => {
    const db = database(c.env.DB);
    const { limit, cursor, userId } = c.req.valid("query");
    const user = await resolveUser(db, c.var.caller, userId);
    if (!user.ok) return refuse(c, user.failure);
    const customer = await findCustomerId(db, user.value.id);
    const listed = await fetchInvoices(c.var.ctx.config, customer, { limit, after: cursor });
    if (!listed.ok) return refuse(c, listed.failure);
    const { data, has_more: hasMore } = listed.value;
    const shown = data.filter((invoice) => invoice.status !== "draft").map(showInvoice);
    return c.json({
      object: "list",
      data: shown,
      hasMore,
      nextCursor: hasMore ? (data.at(-1)?.id ?? null) : null,
    });
  },
);
