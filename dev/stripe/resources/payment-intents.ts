import { z } from "zod";
import { endpoint } from "../endpoint.ts";
import { missing } from "../errors.ts";
import { isWithin, paginate } from "../list.ts";
import { created, paging, text } from "../params.ts";

export const paymentIntents = [
  endpoint({
    method: "get",
    path: "/v1/payment_intents",
    params: z.strictObject({ ...paging, created: created.optional(), customer: text().optional() }),
    returns: { list: "payment_intent" },
    run({ ctx, params, url }) {
      const wanted = ctx.store.paymentIntents
        .newestFirst()
        .filter(
          (row) => isWithin(row.created, params.created) && (params.customer === undefined || row.customer === params.customer),
        );
      return paginate(wanted, params, "payment_intent", url);
    },
  }),
  endpoint({
    method: "get",
    path: "/v1/payment_intents/:id",
    params: z.strictObject({}),
    returns: "payment_intent",
    run({ ctx, id }) {
      const intent = ctx.store.paymentIntents.get(id);
      if (intent === undefined) throw missing("payment_intent", id);
      return intent;
    },
  }),
];
