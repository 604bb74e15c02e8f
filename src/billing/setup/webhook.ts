import type Stripe from "stripe";
import type { Config } from "../../config.ts";
import type { Context } from "../../context.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { isOwnMachine } from "../../example-settings.ts";
import { createOnce, requestKey } from "../stripe/create-once.ts";
import { fetchAllFromStripe } from "../stripe/fetch-from-stripe.ts";
import { callStripe, stripeApiVersion } from "../stripe/stripe.ts";
import {
  deleteWebhookSecret,
  hasWebhookSecret,
  saveWebhookSecret,
} from "../stripe/webhook-secrets.ts";
import { HANDLED_EVENT_TYPES } from "../sync/event-handlers.ts";

type Endpoint = Stripe.WebhookEndpoint;

/** The metadata by which an endpoint of ours is found again. */
const METADATA_KEY = "farebox";

/** The state of the webhook at Stripe. */
export interface WebhookState {
  readonly url: string;
  readonly endpointId: string | null;
  readonly apiVersion: string | null;
  /** The events that we handle and Stripe does not send. */
  readonly missingEvents: readonly string[];
  /** What keeps its events from being handled; null for nothing, or where there is none. */
  readonly fault: "disabled" | "events" | "version" | "secret" | null;
}

const webhookUrl = ({ PUBLIC_URL }: Pick<Config, "PUBLIC_URL">): string =>
  `${PUBLIC_URL}/api/webhooks/stripe`;

const listEndpoints = (config: Config): Promise<Result<readonly Endpoint[]>> =>
  fetchAllFromStripe(config, (stripe, paging) => stripe.webhookEndpoints.list(paging));

/** Whether an endpoint leads here, under any of the webhook's addresses. */
const leadsHere = ({ PUBLIC_URL }: Pick<Config, "PUBLIC_URL">, { url }: Endpoint): boolean =>
  ["/api/webhooks/stripe", "/webhook/stripe", "/stripe/webhook"].some(
    (path) => url === PUBLIC_URL + path,
  );

const missingOf = ({ enabled_events: enabled }: Endpoint): string[] =>
  enabled.includes("*") ? [] : HANDLED_EVENT_TYPES.filter((type) => !enabled.includes(type));

/** Checks that Stripe has a webhook that leads here, with all that we handle. */
export async function checkWebhook(ctx: Context): Promise<Result<WebhookState>> {
  const { config } = ctx;
  const [listed, version] = await Promise.all([listEndpoints(config), stripeApiVersion()]);
  if (!listed.ok) return listed;
  const url = webhookUrl(config);
  const here = listed.value.filter((one) => leadsHere(config, one));
  const endpoint = here.find(({ status }) => status === "enabled") ?? here[0];
  if (endpoint === undefined)
    return ok({ url, endpointId: null, apiVersion: null, missingEvents: [], fault: null });
  const missingEvents = missingOf(endpoint);
  const knowsSecret =
    config.STRIPE_WEBHOOK_SECRET.length > 0 || (await hasWebhookSecret(ctx, endpoint.id));
  const { id, status, api_version: apiVersion } = endpoint;
  const fault =
    status !== "enabled"
      ? "disabled"
      : missingEvents.length > 0
        ? "events"
        : !knowsSecret
          ? "secret"
          : // An event only names an object, which is fetched: null is the account's own version.
            apiVersion !== null && apiVersion !== version
            ? "version"
            : null;
  return ok({ url: endpoint.url, endpointId: id, apiVersion, missingEvents, fault });
}

/** Brings an endpoint whose secret we have to the events that we handle. */
const repair = (config: Config, { id }: Endpoint) => {
  const params = { enabled_events: [...HANDLED_EVENT_TYPES], disabled: false };
  return callStripe(config, (stripe) => stripe.webhookEndpoints.update(id, params));
};

async function create(ctx: Context, former: readonly Endpoint[]): Promise<Result<string>> {
  const { config } = ctx;
  const params = {
    url: webhookUrl(config),
    enabled_events: [...HANDLED_EVENT_TYPES],
    api_version: await stripeApiVersion(),
    description: "Farebox",
    metadata: { [METADATA_KEY]: "webhook" },
  };
  // Stripe would give one that was deleted again under the key that made it.
  const key = await requestKey("webhook", { ...params, former: former.map(({ id }) => id) });
  const created = await createOnce(config, key, (stripe, options) =>
    stripe.webhookEndpoints.create(params, options),
  );
  if (!created.ok) return created;
  const { id, secret } = created.value;
  if (secret === undefined)
    return fail("stripe_refused", "Stripe created a webhook and did not tell its secret.");
  await saveWebhookSecret(ctx, id, secret);
  return ok(id);
}

/**
 * Creates the webhook at Stripe, or repairs the one that we created. Its secret is stored
 * encrypted, and shown to nobody. Other endpoints of the operator's stay as they are.
 * @returns the endpoint's id; `conflict` where PUBLIC_URL is an address that Stripe cannot reach
 */
export async function createWebhook(ctx: Context): Promise<Result<string>> {
  const { config, db } = ctx;
  if (isOwnMachine(config.PUBLIC_URL))
    return fail(
      "conflict",
      `Stripe cannot reach ${config.PUBLIC_URL}. On your own machine, run \`stripe listen ` +
        `--forward-to ${webhookUrl(config)}\` and set STRIPE_WEBHOOK_SECRET to what it prints.`,
      { param: "PUBLIC_URL" },
    );
  const [listed, version] = await Promise.all([listEndpoints(config), stripeApiVersion()]);
  if (!listed.ok) return listed;
  const ours = listed.value.filter(
    (one) => leadsHere(config, one) && one.metadata[METADATA_KEY] === "webhook",
  );
  for (const one of ours) {
    if (one.api_version !== version || !(await hasWebhookSecret(ctx, one.id))) continue;
    const repaired = await repair(config, one);
    return repaired.ok ? ok(one.id) : repaired;
  }
  const created = await create(ctx, ours);
  if (!created.ok) return created;
  for (const { id } of ours) {
    const deleted = await callStripe(config, (stripe) => stripe.webhookEndpoints.del(id));
    if (deleted.ok) await deleteWebhookSecret(db, id);
  }
  return created;
}
