import { Hono, type Context as Request } from "hono";
import { z } from "zod";
import type { Context } from "./context.ts";
import type { Control } from "./control.ts";
import { dashboardPage } from "./dashboard-page.ts";
import { validate } from "./endpoint.ts";
import { ApiError, errorEnvelope, invalid } from "./errors.ts";
import { parseForm } from "./form.ts";
import { bool, int, text } from "./params.ts";

const times = int(1, 10_000).default(1);
/** Treats an empty field of a form as a missing one. */
const optionalField = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === "" ? undefined : value), schema.optional()).optional();

const eventRule = z.strictObject({
  behaviour: z.enum(["twice", "late", "out_of_order", "never"]),
  type: optionalField(text()),
  about: optionalField(text()),
  times,
});
const fault = z.strictObject({
  answer: z.enum(["400", "402", "409", "429", "500", "hang", "lost"]),
  method: optionalField(text(10)),
  path: optionalField(text()),
  times,
  seconds: int(0, 3600).default(30),
});
const STATUSES = {
  400: 400,
  402: 402,
  409: 409,
  429: 429,
  500: 500,
  hang: "hang",
  lost: "lost",
} as const;
const outcome = z.strictObject({ outcome: z.enum(["succeeded", "failed"]) });
const result = z.strictObject({ result: z.enum(["complete", "fail"]) });
const refundOutcome = z.strictObject({ outcome: z.enum(["succeeded", "failed", "canceled"]) });
const disputeOutcome = z.strictObject({ outcome: z.enum(["won", "lost", "warning_closed"]) });
const disputeParams = z.strictObject({
  amount: optionalField(int(1)),
  reason: optionalField(text()),
  inquiry: optionalField(bool),
});
const failPaymentsParams = z.strictObject({ failing: bool.default(true) });
const afterRetriesParams = z.strictObject({ status: z.enum(["canceled", "unpaid", "past_due"]) });
const rateLimitParams = z.strictObject({ per_second: int(0, 100_000) });
const clockAdvance = z.strictObject({ seconds: int(0, 400 * 86_400) });

/**
 * Reads and validates the form of a request.
 * @throws {ApiError} 400
 */
async function readForm<Schema extends z.ZodType>(
  c: Request,
  schema: Schema,
): Promise<z.output<Schema>> {
  return validate(schema, parseForm(new TextDecoder().decode(await c.req.arrayBuffer())));
}

/** Redirects a person to the page; answers a script with the result as JSON. */
function respond(c: Request, result: unknown = null) {
  const isPerson = c.req.header("accept")?.includes("text/html") === true;
  return isPerson ? c.redirect("/", 303) : c.json({ done: true, result });
}

const notPossible = (id: string) =>
  invalid(`${id} does not exist or is not in a state for that.`, "id");

/**
 * Creates the routes of the switches: the page at `/` for a person, and forms posted to `/_local/…`
 * for scripts.
 */
export function dashboardRoutes(ctx: Context, control: Control) {
  const { store } = ctx;
  const state = () => ({
    now: ctx.nowSeconds(),
    switches: store.settings,
    sessions: store.sessions.newestFirst(),
    subscriptions: store.subscriptions.newestFirst(),
    events: store.events.newestFirst(),
    deliveries: store.deliveries.newestFirst(),
  });
  return new Hono()
    .onError((error, c) => {
      if (!(error instanceof ApiError)) throw error;
      return c.json(errorEnvelope(error.body, ctx.origin, "local"), 400);
    })
    .use("/_local/*", async (c, next) => {
      // A page of another site must not change switches through its visitor's browser.
      const origin = c.req.header("origin");
      if (
        origin !== undefined &&
        origin !== ctx.origin &&
        origin !== ctx.origin.replace("127.0.0.1", "localhost")
      )
        throw invalid(`Requests from ${origin} are not taken here.`);
      return await next();
    })
    .get("/", (c) => c.html(dashboardPage(state())))
    .get("/_local/state", (c) => c.json(state()))
    .post("/_local/next-events", async (c) => {
      control.nextEvents(await readForm(c, eventRule));
      return respond(c, store.settings.rules);
    })
    .post("/_local/next-requests", async (c) => {
      const { answer, ...rest } = await readForm(c, fault);
      control.nextRequests({ ...rest, answer: STATUSES[answer] });
      return respond(c, store.settings.faults);
    })
    .post("/_local/clear", (c) => {
      control.clearSwitches();
      return respond(c);
    })
    .post("/_local/rate-limit", async (c) => {
      const { per_second: perSecond } = await readForm(c, rateLimitParams);
      control.limitRate(perSecond === 0 ? null : perSecond);
      return respond(c, perSecond);
    })
    .post("/_local/advance", async (c) => {
      control.advance((await readForm(c, clockAdvance)).seconds);
      return respond(c, ctx.nowSeconds());
    })
    .post("/_local/deliver", async (c) => respond(c, await control.deliver()))
    .post("/_local/flush", async (c) => respond(c, await control.flush()))
    .post("/_local/release", (c) => respond(c, control.release()))
    .post("/_local/sessions/:id/settle", async (c) => {
      const id = c.req.param("id");
      if (!control.completeDebit(id, (await readForm(c, outcome)).outcome)) throw notPossible(id);
      return respond(c);
    })
    .post("/_local/sessions/:id/expire", (c) => {
      const id = c.req.param("id");
      if (!control.expire(id)) throw notPossible(id);
      return respond(c);
    })
    .post("/_local/intents/:id/settle", async (c) => {
      const id = c.req.param("id");
      if (!control.completeIntentDebit(id, (await readForm(c, outcome)).outcome))
        throw notPossible(id);
      return respond(c);
    })
    .post("/_local/intents/:id/authenticate", async (c) => {
      const id = c.req.param("id");
      if (!control.authenticateIntent(id, (await readForm(c, result)).result))
        throw notPossible(id);
      return respond(c);
    })
    .post("/_local/refunds/:id/settle", async (c) => {
      const id = c.req.param("id");
      if (!control.completeRefund(id, (await readForm(c, refundOutcome)).outcome))
        throw notPossible(id);
      return respond(c);
    })
    .post("/_local/charges/:id/dispute", async (c) => {
      const id = c.req.param("id");
      const { amount, reason, inquiry } = await readForm(c, disputeParams);
      const options = {
        ...(amount === undefined ? {} : { amount }),
        ...(reason === undefined ? {} : { reason }),
      };
      const dispute = control.dispute(id, { ...options, inquiry: inquiry ?? false });
      if (dispute === undefined) throw notPossible(id);
      return respond(c, dispute);
    })
    .post("/_local/disputes/:id/close", async (c) => {
      const id = c.req.param("id");
      if (!control.closeDispute(id, (await readForm(c, disputeOutcome)).outcome))
        throw notPossible(id);
      return respond(c);
    })
    .post("/_local/disputes/:id/appeal", (c) => {
      const id = c.req.param("id");
      if (!control.appealDispute(id)) throw notPossible(id);
      return respond(c);
    })
    .post("/_local/disputes/:id/escalate", (c) => {
      const id = c.req.param("id");
      if (!control.escalateInquiry(id)) throw notPossible(id);
      return respond(c);
    })
    .post("/_local/customers/:id/fail-payments", async (c) => {
      const id = c.req.param("id");
      if (store.customers.get(id) === undefined) throw notPossible(id);
      control.failPayments(id, (await readForm(c, failPaymentsParams)).failing);
      return respond(c, store.settings.billing);
    })
    .post("/_local/after-retries", async (c) => {
      control.afterRetries((await readForm(c, afterRetriesParams)).status);
      return respond(c, store.settings.billing);
    })
    .post("/_local/events/:id/resend", async (c) => {
      const id = c.req.param("id");
      const attempt = await control.resend(id);
      if (attempt === undefined) throw notPossible(id);
      return respond(c, attempt);
    });
}
