import { and, eq, isNull, type SQL, sql } from "drizzle-orm";
import { generateSecret, generateURI, verify } from "otplib";
import type { Context } from "../../context.ts";
import type { Database } from "../../db.ts";
import { fail, ok, type Result } from "../../errors.ts";
import { seal, unseal } from "../../seal.ts";
import { SECOND_MS } from "../../time.ts";
import { totpFactors } from "../tables.ts";

/** 160 bits, as RFC 4226 §4 recommends. */
const SECRET_BYTES = 20;

/** Clocks of phones are off by some seconds: a code is good for a step more on both sides. */
const TOLERANCE_SECONDS = 30;

const HAS_ONE = fail("conflict", "You already have an authenticator app. Remove it first.");

/** The secret of a new authenticator app, as people type it and as the app scans it. */
export interface NewTotp {
  readonly secret: string;
  readonly uri: string;
}

type TotpRow = typeof totpFactors.$inferSelect;

/** Finds the authenticator app of a user, which may not be confirmed yet. */
export const findTotp = (db: Database, userId: string): Promise<TotpRow | undefined> =>
  db.select().from(totpFactors).where(eq(totpFactors.userId, userId)).get();

/** Whether a user signs in with an authenticator app. One that was never confirmed is none. */
export async function hasTotp(db: Database, userId: string): Promise<boolean> {
  const row = await findTotp(db, userId);
  return row !== undefined && row.confirmedAt !== null;
}

/**
 * Makes the secret of a new authenticator app. It is no factor before a code of it was shown.
 * @returns `conflict` where the user has one already
 */
export async function beginTotp(
  { db, config, nowMs }: Pick<Context, "db" | "config" | "nowMs">,
  user: { readonly id: string; readonly email: string },
  issuer: string,
): Promise<Result<NewTotp>> {
  const secret = generateSecret({ length: SECRET_BYTES });
  const sealedSecret = await seal(config, secret);
  const kept = await db
    .insert(totpFactors)
    .values({ userId: user.id, sealedSecret, createdAt: nowMs })
    .onConflictDoUpdate({
      target: totpFactors.userId,
      set: { sealedSecret, createdAt: nowMs },
      setWhere: isNull(totpFactors.confirmedAt),
    })
    .returning({ userId: totpFactors.userId });
  if (kept.length === 0) return HAS_ONE;
  return ok({ secret, uri: generateURI({ issuer, label: user.email, secret }) });
}

/**
 * Finds the time step of a code, which is later than that of the last one.
 * @returns undefined for a wrong code, and one that was used
 */
async function findStep(
  { config, nowMs }: Pick<Context, "config" | "nowMs">,
  { sealedSecret, lastStep }: TotpRow,
  code: string,
): Promise<{ readonly step: number; readonly secret: string } | undefined> {
  const secret = await unseal(config, sealedSecret);
  if (secret === null) return undefined;
  const result = await verify({
    secret,
    token: code,
    epoch: Math.floor(nowMs / SECOND_MS),
    epochTolerance: TOLERANCE_SECONDS,
    ...(lastStep === null ? {} : { afterTimeStep: lastStep }),
  });
  return result.valid && "timeStep" in result ? { step: result.timeStep, secret } : undefined;
}

/** A code that was right, and is taken by running the statement: of two at once one wins. */
export interface TotpUse {
  /** Returns a row if it won. */
  readonly statement: ReturnType<typeof takeStatement>;
  /** Whether it won, for conditions of the same batch. */
  readonly isTaken: SQL;
}

const takeStatement = (
  db: Database,
  row: TotpRow,
  taken: { readonly sealedSecret: string; readonly step: number; readonly nowMs: number },
) =>
  db
    .update(totpFactors)
    .set({
      lastStep: taken.step,
      sealedSecret: taken.sealedSecret,
      confirmedAt: sql`coalesce(${totpFactors.confirmedAt}, ${taken.nowMs})`,
    })
    .where(
      and(
        eq(totpFactors.userId, row.userId),
        // Each use seals anew, so that this one is refused after any other.
        eq(totpFactors.sealedSecret, row.sealedSecret),
      ),
    )
    .returning({ userId: totpFactors.userId });

/**
 * Checks a code of a user's authenticator app. Nothing is written yet. The secret is sealed anew at
 * each use, so that it outlives the one under which it was sealed.
 * @param isConfirmed whether the app is a factor already, or this code makes it one
 * @returns undefined for a wrong code, one that was used, and where there is no such app
 */
export async function checkTotpCode(
  ctx: Pick<Context, "db" | "config" | "nowMs">,
  userId: string,
  code: string,
  isConfirmed: boolean,
): Promise<TotpUse | undefined> {
  const { db, config, nowMs } = ctx;
  const row = await findTotp(db, userId);
  if (row === undefined || (row.confirmedAt !== null) !== isConfirmed) return undefined;
  const found = await findStep(ctx, row, code);
  if (found === undefined) return undefined;
  const sealedSecret = await seal(config, found.secret);
  return {
    statement: takeStatement(db, row, { sealedSecret, step: found.step, nowMs }),
    isTaken: sql`exists (
      select 1 from ${totpFactors} where ${totpFactors.userId} = ${userId}
        and ${totpFactors.sealedSecret} = ${sealedSecret}
    )`,
  };
}
