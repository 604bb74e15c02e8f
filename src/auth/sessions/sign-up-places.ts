import { and, lt, type SQL, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { Context } from "../../context.ts";
import type { Database } from "../../db.ts";
import { hmacHex } from "../../digest.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { DAY_MS, SECOND_MS, toUtcDay } from "../../time.ts";
import { type SignUpStep, signUpCounts } from "../tables.ts";
import { isLoopback, networkOf, siteOf } from "./sign-in-rate-limit.ts";

/** A site, an IPv6 /48, has as many places as so many of its networks. */
const NETWORKS_OF_A_SITE = 5;

/** A network of a request, and how many sign-ups a day come from it. */
interface LimitedNetwork {
  /** Under the current secret, by which it is counted. */
  readonly hash: string;
  /** Under the previous secret, if there is one: what was counted before a rotation counts too. */
  readonly previousHash: string;
  readonly limit: number;
}

/** The places that the networks of a request have for sign-ups today. */
export interface SignUpPlaces {
  /** The condition that there is one: a part of the statement that signs up. */
  readonly isFree: SQL;
  /** Takes one if the statement **right before it in the batch** changed a row (`changes()`). */
  readonly take: readonly BatchItem<"sqlite">[];
}

const NO_LIMIT: SignUpPlaces = { isFree: sql`true`, take: [] };

/**
 * Returns the networks that are limited: none where the setting is 0, and none for a request that
 * came over no network. Cloudflare names one for each request, so that is this machine.
 */
async function limitedNetworks(
  { config }: Pick<Context, "config">,
  headers: Headers,
): Promise<LimitedNetwork[]> {
  const limit = config.SIGN_UPS_PER_NETWORK_PER_DAY;
  const network = networkOf(headers);
  if (limit === 0 || network === null || isLoopback(headers)) return [];
  const site = siteOf(network);
  const { JWT_SECRET: secret, JWT_SECRET_PREVIOUS: previous = secret } = config;
  const toLimited = async (name: string, itsLimit: number): Promise<LimitedNetwork> => ({
    hash: await hmacHex(secret, `sign-up network:${name}`),
    previousHash: await hmacHex(previous, `sign-up network:${name}`),
    limit: itsLimit,
  });
  return await Promise.all([
    toLimited(network, limit),
    ...(site === null ? [] : [toLimited(`${site}/48`, limit * NETWORKS_OF_A_SITE)]),
  ]);
}

/** The condition that every network has a place left for a step today. */
const hasPlace = (networks: readonly LimitedNetwork[], step: SignUpStep, day: string): SQL =>
  sql.join(
    networks.map(
      ({ hash, previousHash, limit }) => sql`(
        select coalesce(sum(${signUpCounts.count}), 0) from ${signUpCounts}
        where ${signUpCounts.day} = ${day} and ${signUpCounts.step} = ${step}
          and ${signUpCounts.networkHash} in (${hash}, ${previousHash})
      ) < ${limit}`,
    ),
    sql` and `,
  );

/**
 * Prepares a place for a step of a sign-up. The statement that signs up decides by it whether there
 * is one, and takes it in the same batch, so that of any number at once exactly the limit passes.
 * @param headers the headers of the request, which name its network
 */
export async function findSignUpPlaces(
  ctx: Pick<Context, "config" | "db" | "nowMs">,
  headers: Headers,
  step: SignUpStep,
): Promise<SignUpPlaces> {
  const networks = await limitedNetworks(ctx, headers);
  if (networks.length === 0) return NO_LIMIT;
  const day = toUtcDay(ctx.nowMs);
  const rows = sql.join(
    networks.map(({ hash }) => sql`select ${day}, ${step}, ${hash}, 1 where changes() > 0`),
    sql` union all `,
  );
  const take = ctx.db
    .insert(signUpCounts)
    // The outer `where` keeps SQLite from reading `on conflict` as a part of a join.
    .select(sql`select * from (${rows}) where true`)
    .onConflictDoUpdate({
      target: [signUpCounts.day, signUpCounts.step, signUpCounts.networkHash],
      set: { count: sql`${signUpCounts.count} + 1` },
    });
  return { isFree: hasPlace(networks, step, day), take: [take] };
}

/**
 * Tells whether it was for want of a place that a sign-up failed.
 * @returns `rate_limit_exceeded`, until the next day (UTC)
 */
export async function checkSignUpPlaces(
  ctx: Pick<Context, "config" | "db" | "nowMs">,
  headers: Headers,
  step: SignUpStep,
): Promise<Result<true>> {
  const networks = await limitedNetworks(ctx, headers);
  if (networks.length === 0) return ok(true);
  const { nowMs } = ctx;
  const [row] = await ctx.db.all<{ free: number }>(
    sql`select ${hasPlace(networks, step, toUtcDay(nowMs))} as free`,
  );
  if (row?.free === 1) return ok(true);
  const tomorrowMs = (Math.floor(nowMs / DAY_MS) + 1) * DAY_MS;
  return fail(
    "rate_limit_exceeded",
    "Too many accounts were created from your network today. Try again tomorrow (UTC), or " +
      "use another network.",
    { param: "network", retryAfterSeconds: Math.ceil((tomorrowMs - nowMs) / SECOND_MS) },
  );
}

/**
 * Deletes the counts of past days. For the cron.
 * @param limit the most to delete at once
 */
export async function pruneSignUpCounts(
  db: Database,
  nowMs: number,
  limit: number,
): Promise<number> {
  const today = toUtcDay(nowMs);
  const past = db
    .select({ rowid: sql`rowid` })
    .from(signUpCounts)
    .where(lt(signUpCounts.day, today))
    .limit(limit);
  const removed = await db
    .delete(signUpCounts)
    .where(and(lt(signUpCounts.day, today), sql`rowid in ${past}`))
    .returning({ day: signUpCounts.day });
  return removed.length;
}
