import { z } from "zod";
import { endpoint } from "../endpoint.ts";
import { invalid, missing } from "../errors.ts";
import { isRetained, listUndelivered, showEvent } from "../events.ts";
import { isWithin, paginate } from "../list.ts";
import { bool, created, list, paging, text } from "../params.ts";

/**
 * Returns whether a type matches a pattern: `charge.*` matches every type that begins with
 * `charge.`.
 */
const matchesType = (type: string, pattern: string) =>
  pattern.endsWith("*") ? type.startsWith(pattern.slice(0, -1)) : type === pattern;

export const events = [
  endpoint({
    method: "get",
    path: "/v1/events",
    params: z.strictObject({
      ...paging,
      created: created.optional(),
      delivery_success: bool.optional(),
      type: text().optional(),
      types: list(text(), 20).optional(),
    }),
    returns: { list: "event" },
    run({ ctx, params, url }) {
      if (params.type !== undefined && params.types !== undefined) {
        throw invalid("You may only specify one of these parameters: type, types.", "type");
      }
      const types = params.types ?? (params.type === undefined ? undefined : [params.type]);
      const undelivered = listUndelivered(ctx);
      const wanted = ctx.store.events
        .newestFirst()
        .filter(
          (row) =>
            isRetained(ctx, row) &&
            isWithin(row.created, params.created) &&
            (types === undefined || types.some((one) => matchesType(row.type, one))),
        )
        .filter(
          (row) =>
            params.delivery_success === undefined ||
            undelivered.has(row.id) !== params.delivery_success,
        );
      const page = paginate(wanted, params, "event", url);
      return { ...page, data: page.data.map((row) => showEvent(row, undelivered)) };
    },
  }),
  endpoint({
    method: "get",
    path: "/v1/events/:id",
    params: z.strictObject({}),
    returns: "event",
    run({ ctx, id }) {
      const event = ctx.store.events.get(id);
      if (event === undefined || !isRetained(ctx, event)) throw missing("event", id);
      return showEvent(event, listUndelivered(ctx));
    },
  }),
];
