import { creditAccount } from "../account/index.ts";
import { identify, reach, requireCaller } from "../auth/index.ts";
import { fail, ok, type Result } from "../errors.ts";
import { router } from "../http/factory.ts";
import { pageQuery, toPage } from "../http/page.ts";
import { refuse } from "../http/respond.ts";
import { validate } from "../http/validate.ts";
import { toCredits } from "../units.ts";
import { showCredits, showEntry, showGrant, showOwnKey, showUsage } from "./show.ts";

/** A cursor here is the number of the last entry shown. */
function readCursor(cursor: string | undefined): Result<number | null> {
  if (cursor === undefined) return ok(null);
  const entryNo = Number(cursor);
  if (/^\d{1,15}$/.test(cursor) && entryNo > 0) return ok(entryNo);
  return fail("invalid_request", "cursor: is not one that an earlier page gave.", { param: "cursor" });
}

const numberOf = (id: string): string => id.slice(id.indexOf("_") + 1);

/** `/api/usage`: what was used of the plan, and the credits. */
export const usageRoutes = router().get("/", requireCaller("read"), async (c) => {
  const summary = await reach(creditAccount(c.env, c.var.caller.userId).summary());
  return summary.ok ? c.json(showUsage(summary)) : refuse(c, summary.failure);
});

/** `/api/credits`: the balance, every entry that moved it, and every grant. */
export const creditRoutes = router()
  .get("/", requireCaller("read"), async (c) => {
    const summary = await reach(creditAccount(c.env, c.var.caller.userId).summary());
    return summary.ok ? c.json(showCredits(summary)) : refuse(c, summary.failure);
  })
  .get("/ledger", requireCaller("read"), validate("query", pageQuery), async (c) => {
    const { limit, cursor } = c.req.valid("query");
    const before = readCursor(cursor);
    if (!before.ok) return refuse(c, before.failure);
    const rows = await reach(creditAccount(c.env, c.var.caller.userId).movements({ limit: limit + 1, before: before.value }));
    return c.json(toPage(rows, limit, showEntry, (row) => String(row.entryNo)));
  })
  .get("/grants", requireCaller("read"), validate("query", pageQuery), async (c) => {
    const { limit, cursor } = c.req.valid("query");
    const before = readCursor(cursor);
    if (!before.ok) return refuse(c, before.failure);
    const grants = await reach(creditAccount(c.env, c.var.caller.userId).grants({ limit: limit + 1, before: before.value }));
    return c.json(toPage(grants, limit, showGrant, (grant) => numberOf(grant.grantId)));
  });

/** What clients of OpenRouter ask: `/v1/credits` and `/v1/key`. */
export const openRouterRoutes = router()
  .get("/credits", requireCaller("read"), async (c) => {
    const summary = await reach(creditAccount(c.env, c.var.caller.userId).summary());
    if (!summary.ok) return refuse(c, summary.failure);
    const { balance, capturedMicrocredits } = summary;
    // What expired was never of use: total − usage is what is there.
    const total = balance.postedMicrocredits + capturedMicrocredits;
    return c.json({ data: { total_credits: toCredits(total), total_usage: toCredits(capturedMicrocredits) } });
  })
  .get("/key", identify, async (c) => {
    const { userId, via } = c.var.caller;
    if (via.kind !== "key")
      return refuse(c, { code: "invalid_request", message: "This describes the API key that asks. Ask with one." });
    const verified = await reach(creditAccount(c.env, userId).verifyKey({ hash: via.hash, scope: null }));
    return verified.ok ? c.json({ data: showOwnKey(verified.key, Date.now()) }) : refuse(c, verified.failure);
  });
