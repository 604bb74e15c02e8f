import { z } from "zod";
import { endpoint } from "../endpoint.ts";
import { missing } from "../errors.ts";

export const paymentMethods = [
  endpoint({
    method: "get",
    path: "/v1/payment_methods/:id",
    params: z.strictObject({}),
    returns: "payment_method",
    run({ ctx, id }) {
      const method = ctx.store.paymentMethods.get(id);
      if (method === undefined) throw missing("PaymentMethod", id);
      return method;
    },
  }),
];
