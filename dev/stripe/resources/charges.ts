import { z } from "zod";
import { endpoint } from "../endpoint.ts";
import { missing } from "../errors.ts";
import { isWithin, paginate } from "../list.ts";
import { created, paging, text } from "../params.ts";

export const charges = [
  endpoint({
    method: "get",
    path: "/v1/charges",
    params: z.strictObject({
      ...paging,
      created: created.optional(),
      customer: text().optional(),
      payment_intent: text().optional(),
    }),
    returns: { list: "charge" },
    run({ ctx, params, url }) {
      const wanted = ctx.store.charges
        .newestFirst()
        .filter(
          (row) =>
            isWithin(row.created, params.created) &&
            (params.customer === undefined || row.customer === params.customer) &&
            (params.payment_intent === undefined || row.payment_intent === params.payment_intent),
        );
      return paginate(wanted, params, "charge", url);
    },
  }),
  endpoint({
    method: "get",
    path: "/v1/charges/:id",
    params: z.strictObject({}),
    returns: "charge",
    run({ ctx, id }) {
      const charge = ctx.store.charges.get(id);
      if (charge === undefined) throw missing("charge", id);
      return charge;
    },
  }),
];
