import { sql } from "drizzle-orm";
import journal from "../../migrations/meta/_journal.json";
import { creditAccount } from "../account/index.ts";
import { findFreePlan } from "../catalog/index.ts";
import { findCheck } from "../checks/index.ts";
import type { Context } from "../context.ts";
import { formatError } from "../db.ts";
import { log } from "../log.ts";
import { MINUTE_MS } from "../time.ts";
import type { ReadinessView } from "./wire.ts";

/** The cron runs every minute. One that is late is not yet one that stands still. */
const CRON_LATE_MS = 5 * MINUTE_MS;

/** The account that is asked whether accounts answer. It is nobody's, and stays empty. */
const NOBODY = "usr_health";

type Outcome = ReadinessView["status"];

/** Runs one check. Why it failed is for the log alone. */
async function check(name: string, isFine: () => Promise<boolean>): Promise<Outcome> {
  try {
    return (await isFine()) ? "ok" : "failed";
  } catch (error) {
    log.error("health.check_failed", { check: name, error: formatError(error) });
    return "failed";
  }
}

/** Checks everything that requests need, at the same time. Settings were read before. */
export async function checkReadiness({ db, env, nowMs }: Context): Promise<ReadinessView> {
  const latest = journal.entries.at(-1)?.tag ?? "";
  const [database, migrations, account, catalog, cron] = await Promise.all([
    check("database", async () => {
      await db.run(sql`select 1`);
      return true;
    }),
    check("migrations", async () => {
      const applied = sql`select 1 as applied from d1_migrations where name = ${`${latest}.sql`}`;
      return (await db.all(applied)).length > 0;
    }),
    check("account", async () => {
      await creditAccount(env, NOBODY).listKeys();
      return true;
    }),
    check("catalog", async () => (await findFreePlan(db)) !== undefined),
    check("cron", async () => {
      const last = await findCheck(db, "cron");
      return last !== undefined && nowMs - last.checkedAt < CRON_LATE_MS;
    }),
  ]);
  const checks = { database, migrations, account, catalog, cron };
  const status = Object.values(checks).every((one) => one === "ok") ? "ok" : "failed";
  return { status, checks };
}
