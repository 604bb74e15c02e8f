import { Stripe } from "stripe";
import { z } from "zod";
import type { Context } from "../context.ts";
import { endpoint } from "../endpoint.ts";
import { invalid, missing } from "../errors.ts";
import { newId, randomText } from "../ids.ts";
import { paginate } from "../list.ts";
import { mergeMetadata } from "../metadata.ts";
import { bool, list, metadata, paging, text, unsettable, url } from "../params.ts";
import type { StoredEndpoint, WebhookEndpoint } from "../wire.ts";

/** The most endpoints of one account (https://docs.stripe.com/webhooks). */
const ENDPOINTS_MAX = 16;

const eventName = text().transform((value, ctx) => {
  if (value === "*" || /^[a-z0-9_]+(\.[a-z0-9_]+)+$/.test(value)) return value;
  ctx.addIssue({ code: "custom", message: `Invalid enabled_events: ${value}` });
  return z.NEVER;
});
const description = text(5000);

const createParams = z.strictObject({
  api_version: text().optional(),
  connect: bool.optional(),
  description: unsettable(description).optional(),
  enabled_events: list(eventName, 500),
  metadata: metadata.optional(),
  url,
});

const updateParams = z.strictObject({
  description: unsettable(description).optional(),
  disabled: bool.optional(),
  enabled_events: list(eventName, 500).optional(),
  metadata: metadata.optional(),
  url: url.optional(),
});

/** @throws {ApiError} 400 for an address that Stripe could not reach from outside */
function checkUrl(address: string): void {
  const { hostname } = new URL(address);
  if (/^(localhost|.*\.localhost|.*\.local|127\..*|0\.0\.0\.0|\[.*\])$/.test(hostname))
    throw invalid("Invalid URL: URL must be publicly accessible.", "url", "url_invalid");
}

/** @throws {ApiError} 400 for no events */
function checkEvents(events: readonly string[] | undefined): void {
  if (events?.length === 0)
    throw invalid("You must enable at least one event.", "enabled_events", "parameter_missing");
}

/** The secret is shown when the endpoint is created, and never again. */
function show(endpoint: StoredEndpoint): WebhookEndpoint {
  const { secret: _, ...shown } = endpoint;
  return shown;
}

function createEndpoint(ctx: Context, params: z.output<typeof createParams>): WebhookEndpoint {
  checkUrl(params.url);
  checkEvents(params.enabled_events);
  const { api_version: version = Stripe.API_VERSION } = params;
  if (version !== Stripe.API_VERSION)
    throw invalid(`Invalid API version: ${version}`, "api_version");
  if (ctx.store.webhookEndpoints.oldestFirst().length >= ENDPOINTS_MAX)
    throw invalid(`You have reached the maximum of ${ENDPOINTS_MAX} test webhook endpoints.`);
  return ctx.store.webhookEndpoints.put({
    id: newId("we", 24),
    object: "webhook_endpoint",
    api_version: version,
    application: null,
    created: ctx.nowSeconds(),
    description: params.description ?? null,
    enabled_events: params.enabled_events,
    livemode: false,
    metadata: mergeMetadata({}, params.metadata),
    secret: `whsec_${randomText(32)}`,
    status: "enabled",
    url: params.url,
  });
}

function findEndpoint(ctx: Context, id: string): StoredEndpoint {
  const found = ctx.store.webhookEndpoints.get(id);
  if (found === undefined) throw missing("webhook endpoint", id);
  return found;
}

export const webhookEndpoints = [
  endpoint({
    method: "post",
    path: "/v1/webhook_endpoints",
    params: createParams,
    returns: "webhook_endpoint",
    run: ({ ctx, params }) => createEndpoint(ctx, params),
  }),
  endpoint({
    method: "get",
    path: "/v1/webhook_endpoints",
    params: z.strictObject({ ...paging }),
    returns: { list: "webhook_endpoint" },
    run: ({ ctx, params, url: path }) =>
      paginate(
        ctx.store.webhookEndpoints.newestFirst().map(show),
        params,
        "webhook_endpoint",
        path,
      ),
  }),
  endpoint({
    method: "get",
    path: "/v1/webhook_endpoints/:id",
    params: z.strictObject({}),
    returns: "webhook_endpoint",
    run: ({ ctx, id }) => show(findEndpoint(ctx, id)),
  }),
  endpoint({
    method: "post",
    path: "/v1/webhook_endpoints/:id",
    params: updateParams,
    returns: "webhook_endpoint",
    run({ ctx, params, id }) {
      const before = findEndpoint(ctx, id);
      if (params.url !== undefined) checkUrl(params.url);
      checkEvents(params.enabled_events);
      const isDisabled = params.disabled ?? before.status === "disabled";
      return show(
        ctx.store.webhookEndpoints.put({
          ...before,
          description: params.description === undefined ? before.description : params.description,
          enabled_events: params.enabled_events ?? before.enabled_events,
          metadata: mergeMetadata(before.metadata, params.metadata),
          status: isDisabled ? "disabled" : "enabled",
          url: params.url ?? before.url,
        }),
      );
    },
  }),
  endpoint({
    method: "delete",
    path: "/v1/webhook_endpoints/:id",
    params: z.strictObject({}),
    returns: "webhook_endpoint",
    run({ ctx, id }) {
      findEndpoint(ctx, id);
      ctx.store.webhookEndpoints.remove(id);
      return { id, object: "webhook_endpoint", deleted: true };
    },
  }),
];
