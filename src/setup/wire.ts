import { z } from "zod";
import { count, named, time } from "../http/answer-fields.ts";

const state = z
  .enum(["done", "todo", "failed"])
  .describe("`todo`: nothing is wrong, and nothing works yet.");
const problem = z.string().nullable().describe("Why it failed, for the operator; never a secret.");
const checkedAt = time.nullable().describe("When it was last seen to work, or to fail.");

/** Everything that an operator sets up, and what is known of it now. */
export const setupView = named("Setup", {
  isComplete: z.boolean(),
  stripe: z.strictObject({
    state,
    problem,
    accountName: z.string().nullable(),
    mode: z.enum(["test", "live"]),
  }),
  webhook: z.strictObject({
    state,
    problem,
    url: z.string(),
    endpointId: z.string().nullable(),
    apiVersion: z.string().nullable(),
    fault: z.enum(["disabled", "events", "version", "secret"]).nullable(),
    missingEvents: z.array(z.string()),
    lastEventAt: time.nullable().describe("When an event with a right signature last came."),
  }),
  portal: z.strictObject({ state, problem }),
  upstreams: z.array(
    z.strictObject({
      name: z.string(),
      baseUrl: z.string(),
      state,
      problem,
      checkedAt,
      models: z.array(z.string()).describe("The models of the catalog that it serves."),
    }),
  ),
  mail: z.strictObject({ state, problem, checkedAt, from: z.string().nullable() }),
  catalog: z.strictObject({
    state,
    problem,
    plans: count,
    models: count,
    unknownUpstreams: z
      .array(z.string())
      .describe("Upstreams that models name and UPSTREAMS does not have."),
  }),
  sale: z.strictObject({ state, orders: count }),
});
export type SetupView = z.infer<typeof setupView>;
export type SetupState = z.infer<typeof state>;

/** The outcome of a test. A test that failed is an answer, and no error. */
export const testResultView = named("SetupTest", {
  isOk: z.boolean(),
  problem: z.string().nullable(),
});
export type TestResultView = z.infer<typeof testResultView>;

export const webhookCreatedView = z.strictObject({ endpointId: z.string() });
export const portalCreatedView = z.strictObject({ configurationId: z.string() });

/** What was loaded. */
export const catalogLoadedView = named("CatalogLoaded", { plans: count, models: count });

/** A catalog that comes with Farebox, to be changed and loaded. */
export const shippedCatalogView = named("ShippedCatalog", {
  name: z.string(),
  catalog: z.looseObject({}).describe("As `POST /api/admin/setup/catalog` takes it."),
});

const outcome = z.enum(["ok", "failed"]);

/** Whether everything is ready that a request may need. It names nothing else. */
export const readinessView = named("Readiness", {
  status: outcome,
  checks: z.strictObject({
    database: outcome,
    migrations: outcome,
    account: outcome,
    catalog: outcome,
    cron: outcome.describe("Whether it ran within the last five minutes."),
  }),
});
export type ReadinessView = z.infer<typeof readinessView>;

export const livenessView = z.strictObject({ status: z.literal("ok") });
