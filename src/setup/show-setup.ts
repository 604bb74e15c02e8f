import {
  checkAccount,
  checkPortal,
  checkWebhook,
  countOrdersByStatus,
  type WebhookState,
} from "../billing/index.ts";
import { findFreePlan, listModels, listPlans, listUpstreams } from "../catalog/index.ts";
import { type Check, listChecks } from "../checks/index.ts";
import type { Context } from "../context.ts";
import type { Result } from "../errors.ts";
import { isMailOn } from "../mail/index.ts";
import { toIso, toUtcDay } from "../time.ts";
import type { SetupState, SetupView } from "./wire.ts";

const PLANS_MAX = 100;

/** Returns the state of a thing that was tested, or was not yet. */
function toState(check: Check | undefined): SetupState {
  if (check === undefined) return "todo";
  return check.isOk ? "done" : "failed";
}

const timeOf = (check: Check | undefined): string | null =>
  check === undefined ? null : toIso(check.checkedAt);

/** Shows a look at Stripe: what it found, or why there was none. */
const problemOf = <T>(looked: Result<T>): string | null =>
  looked.ok ? null : looked.failure.message;

/**
 * Decides the state of the webhook. One that Stripe does not list works all the same if events
 * come: `stripe listen`, or a proxy in between.
 */
function webhookState({ fault }: WebhookState, seen: Check | undefined): SetupState {
  if (fault !== null) return "failed";
  if (seen !== undefined) return "done";
  return "todo";
}

async function showWebhook(ctx: Context, seen: Check | undefined): Promise<SetupView["webhook"]> {
  const looked = await checkWebhook(ctx);
  const lastEventAt = timeOf(seen);
  if (!looked.ok) {
    const url = `${ctx.config.PUBLIC_URL}/api/webhooks/stripe`;
    const nothing = { url, endpointId: null, apiVersion: null, fault: null, missingEvents: [] };
    return { state: "failed", problem: problemOf(looked), ...nothing, lastEventAt };
  }
  const { url, endpointId, apiVersion, fault, missingEvents } = looked.value;
  const state = webhookState(looked.value, seen);
  return {
    state,
    problem: null,
    url,
    endpointId,
    apiVersion,
    fault,
    missingEvents: [...missingEvents],
    lastEventAt,
  };
}

async function showPortal({ config }: Context): Promise<SetupView["portal"]> {
  const looked = await checkPortal(config);
  if (!looked.ok) return { state: "failed", problem: problemOf(looked) };
  if (looked.value === null) return { state: "todo", problem: null };
  return looked.value === "as_made"
    ? { state: "done", problem: null }
    : { state: "failed", problem: "Its settings were changed at Stripe." };
}

async function showStripe({ config }: Context): Promise<SetupView["stripe"]> {
  const account = await checkAccount(config);
  const mode = config.isLive ? "live" : "test";
  if (!account.ok) return { state: "failed", problem: problemOf(account), accountName: null, mode };
  const { name: accountName, canCharge } = account.value;
  return canCharge
    ? { state: "done", problem: null, accountName, mode }
    : {
        state: "failed",
        problem: "Stripe lets this account charge nobody yet: complete its details there.",
        accountName,
        mode,
      };
}

async function showCatalog({ db, config }: Context) {
  const [plans, models, free] = await Promise.all([
    listPlans(db, { activeOnly: true, limit: PLANS_MAX, after: undefined }),
    listModels(db, { activeOnly: true }),
    findFreePlan(db),
  ]);
  const used = [...new Set(models.flatMap(listUpstreams).map(({ upstream }) => upstream))];
  const unknownUpstreams = used.filter((name) => !Object.hasOwn(config.UPSTREAMS, name));
  const isEmpty = free === undefined || models.length === 0;
  const view: SetupView["catalog"] = {
    state: isEmpty ? "todo" : unknownUpstreams.length > 0 ? "failed" : "done",
    problem: null,
    plans: plans.length,
    models: models.length,
    unknownUpstreams,
  };
  return { view, models };
}

/**
 * Shows everything that an operator sets up. Stripe is asked now; what costs something, or reaches
 * somebody, shows the result of its last test.
 */
export async function showSetup(ctx: Context): Promise<SetupView> {
  const { db, config, nowMs } = ctx;
  const checks = await listChecks(db);
  const [stripe, webhook, portal, { view: catalog, models }, orders] = await Promise.all([
    showStripe(ctx),
    showWebhook(ctx, checks.get("webhook")),
    showPortal(ctx),
    showCatalog(ctx),
    countOrdersByStatus(db, { from: "1970-01-01", to: toUtcDay(nowMs) }),
  ]);
  const upstreams = Object.entries(config.UPSTREAMS).map(([name, { baseUrl }]) => {
    const check = checks.get(`upstream:${name}`);
    return {
      name,
      baseUrl,
      state: toState(check),
      problem: check?.problem ?? null,
      checkedAt: timeOf(check),
      models: models
        .filter((model) => listUpstreams(model).some(({ upstream }) => upstream === name))
        .map(({ id }) => id),
    };
  });
  const mailCheck = checks.get("mail");
  const mail = {
    state: isMailOn(ctx) ? toState(mailCheck) : ("todo" as const),
    problem: isMailOn(ctx) ? (mailCheck?.problem ?? null) : null,
    checkedAt: timeOf(mailCheck),
    from: isMailOn(ctx) ? (config.MAIL_FROM?.address ?? null) : null,
  };
  const sold = orders.reduce(
    (sum, { status, orders: count }) =>
      status === "pending" || status === "failed" ? sum : sum + count,
    0,
  );
  const sale = { state: sold > 0 ? ("done" as const) : ("todo" as const), orders: sold };
  const steps = [stripe, webhook, portal, ...upstreams, mail, catalog, sale];
  const isComplete = steps.every(({ state }) => state === "done");
  return { isComplete, stripe, webhook, portal, upstreams, mail, catalog, sale };
}
