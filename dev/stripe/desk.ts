import { Hono, type Context as Request } from "hono";
import { z } from "zod";
import type { Context } from "./context.ts";
import type { Control } from "./control.ts";
import { deskPage } from "./desk-page.ts";
import { check } from "./endpoint.ts";
import { ApiError, errorReply, invalid } from "./errors.ts";
import { parseForm } from "./form.ts";
import { bool, int, text } from "./params.ts";

const times = int(1, 10_000).default(1);
/** An empty field of a form is one that was left out. */
const blank = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === "" ? undefined : value), schema.optional()).optional();

const eventRule = z.strictObject({
  behaviour: z.enum(["twice", "late", "out_of_order", "never"]),
  type: blank(text()),
  about: blank(text()),
  times,
});
const fault = z.strictObject({
  answer: z.enum(["400", "402", "409", "429", "500", "hang", "lost"]),
  method: blank(text(10)),
  path: blank(text()),
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
  amount: blank(int(1)),
  reason: blank(text()),
  inquiry: blank(bool),
});
const failPaymentsParams = z.strictObject({ failing: bool.default(true) });
const afterRetriesParams = z.strictObject({ status: z.enum(["canceled", "unpaid", "past_due"]) });
const lead = z.strictObject({ seconds: int(0, 400 * 86_400) });

/** The form of a request, checked. @throws {ApiError} 400 */
async function read<Schema extends z.ZodType>(
  c: Request,
  schema: Schema,
): Promise<z.output<Schema>> {
  return check(schema, parseForm(new TextDecoder().decode(await c.req.arrayBuffer())));
}

/** Back to the page for a person; what was done, as JSON, for a script. */
function done(c: Request, result: unknown = null) {
  const isPerson = c.req.header("accept")?.includes("text/html") === true;
  return isPerson ? c.redirect("/", 303) : c.json({ done: true, result });
}

const notNow = (id: string) => invalid(`${id} does not exist or is not in a state for that.`, "id");

/** The switches: for a person at `/`, and for scripts as forms posted to `/_local/…`. */
export function desk(ctx: Context, control: Control) {
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
      return c.json(errorReply(error.body, ctx.origin, "local"), 400);
    })
    .use("/_local/*", async (c, next) => {
      // A page of another site must not flip switches through the browser of whoever looks at it.
      const origin = c.req.header("origin");
      if (
        origin !== undefined &&
        origin !== ctx.origin &&
        origin !== ctx.origin.replace("127.0.0.1", "localhost")
      )
        throw invalid(`Requests from ${origin} are not taken here.`);
      return await next();
    })
    .get("/", (c) => c.html(deskPage(state())))
    .get("/_local/state", (c) => c.json(state()))
    .post("/_local/next-events", async (c) => {
      control.nextEvents(await read(c, eventRule));
      return done(c, store.settings.rules);
    })
    .post("/_local/next-requests", async (c) => {
      const { answer, ...rest } = await read(c, fault);
      control.nextRequests({ ...rest, answer: STATUSES[answer] });
      return done(c, store.settings.faults);
    })
    .post("/_local/clear", (c) => {
      control.clearSwitches();
      return done(c);
    })
    .post("/_local/advance", async (c) => {
      control.advance((await read(c, lead)).seconds);
      return done(c, ctx.nowSeconds());
    })
    .post("/_local/deliver", async (c) => done(c, await control.deliver()))
    .post("/_local/flush", async (c) => done(c, await control.flush()))
    .post("/_local/release", (c) => done(c, control.release()))
    .post("/_local/sessions/:id/settle", async (c) => {
      const id = c.req.param("id");
      if (!control.settle(id, (await read(c, outcome)).outcome)) throw notNow(id);
      return done(c);
    })
    .post("/_local/sessions/:id/expire", (c) => {
      const id = c.req.param("id");
      if (!control.expire(id)) throw notNow(id);
      return done(c);
    })
    .post("/_local/intents/:id/settle", async (c) => {
      const id = c.req.param("id");
      if (!control.settleIntent(id, (await read(c, outcome)).outcome)) throw notNow(id);
      return done(c);
    })
    .post("/_local/intents/:id/authenticate", async (c) => {
      const id = c.req.param("id");
      if (!control.authenticateIntent(id, (await read(c, result)).result)) throw notNow(id);
      return done(c);
    })
    .post("/_local/refunds/:id/settle", async (c) => {
      const id = c.req.param("id");
      if (!control.settleRefund(id, (await read(c, refundOutcome)).outcome)) throw notNow(id);
      return done(c);
    })
    .post("/_local/charges/:id/dispute", async (c) => {
      const id = c.req.param("id");
      const { amount, reason, inquiry } = await read(c, disputeParams);
      const wanted = {
        ...(amount === undefined ? {} : { amount }),
        ...(reason === undefined ? {} : { reason }),
      };
      const dispute = control.dispute(id, { ...wanted, inquiry: inquiry ?? false });
      if (dispute === undefined) throw notNow(id);
      return done(c, dispute);
    })
    .post("/_local/disputes/:id/close", async (c) => {
      const id = c.req.param("id");
      if (!control.closeDispute(id, (await read(c, disputeOutcome)).outcome)) throw notNow(id);
      return done(c);
    })
    .post("/_local/disputes/:id/escalate", (c) => {
      const id = c.req.param("id");
      if (!control.escalateInquiry(id)) throw notNow(id);
      return done(c);
    })
    .post("/_local/customers/:id/fail-payments", async (c) => {
      const id = c.req.param("id");
      if (store.customers.get(id) === undefined) throw notNow(id);
      control.failPayments(id, (await read(c, failPaymentsParams)).failing);
      return done(c, store.settings.billing);
    })
    .post("/_local/after-retries", async (c) => {
      control.afterRetries((await read(c, afterRetriesParams)).status);
      return done(c, store.settings.billing);
    })
    .post("/_local/events/:id/resend", async (c) => {
      const id = c.req.param("id");
      const attempt = await control.resend(id);
      if (attempt === undefined) throw notNow(id);
      return done(c, attempt);
    });
}
