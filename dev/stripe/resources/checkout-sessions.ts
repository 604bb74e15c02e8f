import { z } from "zod";
import { createParams, createSession } from "../checkout/create.ts";
import { expireSession } from "../checkout/expire.ts";
import type { Context } from "../context.ts";
import { endpoint } from "../endpoint.ts";
import { invalid, missing } from "../errors.ts";
import { isWithin, paginate } from "../list.ts";
import { mergeMetadata } from "../metadata.ts";
import { created, metadata, paging, text } from "../params.ts";
import type { Session } from "../wire.ts";

/**
 * Finds a session by its id.
 * @throws {ApiError} `resource_missing`
 */
function findSession(ctx: Context, id: string): Session {
  const session = ctx.store.sessions.get(id);
  if (session === undefined) throw missing("checkout.session", id, "id");
  return session;
}

export const checkoutSessions = [
  endpoint({
    method: "post",
    path: "/v1/checkout/sessions",
    params: createParams,
    returns: "checkout.session",
    run: ({ ctx, params }) => createSession(ctx, params),
  }),
  endpoint({
    method: "get",
    path: "/v1/checkout/sessions",
    params: z.strictObject({
      ...paging,
      created: created.optional(),
      customer: text().optional(),
      customer_details: z.strictObject({ email: text(800) }).optional(),
      payment_intent: text().optional(),
      status: z.enum(["complete", "expired", "open"]).optional(),
      subscription: text().optional(),
    }),
    returns: { list: "checkout.session" },
    run({ ctx, params, url }) {
      const wanted = ctx.store.sessions
        .newestFirst()
        .filter(
          (row) =>
            isWithin(row.created, params.created) &&
            (params.customer === undefined || row.customer === params.customer) &&
            (params.customer_details === undefined ||
              row.customer_details?.email === params.customer_details.email) &&
            (params.payment_intent === undefined || row.payment_intent === params.payment_intent) &&
            (params.status === undefined || row.status === params.status) &&
            (params.subscription === undefined || row.subscription === params.subscription),
        );
      return paginate(wanted, params, "checkout.session", url);
    },
  }),
  endpoint({
    method: "get",
    path: "/v1/checkout/sessions/:id",
    params: z.strictObject({}),
    returns: "checkout.session",
    run: ({ ctx, id }) => findSession(ctx, id),
  }),
  endpoint({
    method: "post",
    path: "/v1/checkout/sessions/:id",
    params: z.strictObject({ metadata: metadata.optional() }),
    returns: "checkout.session",
    run({ ctx, params, id }) {
      const session = findSession(ctx, id);
      return ctx.store.sessions.put({
        ...session,
        metadata: mergeMetadata(session.metadata ?? {}, params.metadata),
      });
    },
  }),
  endpoint({
    method: "post",
    path: "/v1/checkout/sessions/:id/expire",
    params: z.strictObject({}),
    returns: "checkout.session",
    run({ ctx, id }) {
      const session = findSession(ctx, id);
      if (session.status !== "open") {
        throw invalid(
          'Only Checkout Sessions with a status in ["open"] can be expired. ' +
            `This Checkout Session has a status of ${session.status}.`,
        );
      }
      return expireSession(ctx, session);
    },
  }),
  endpoint({
    method: "get",
    path: "/v1/checkout/sessions/:id/line_items",
    params: z.strictObject(paging),
    returns: { list: "item" },
    run({ ctx, params, id, url }) {
      findSession(ctx, id);
      return paginate(ctx.store.baskets.get(id)?.items ?? [], params, "line_item", url);
    },
  }),
];
