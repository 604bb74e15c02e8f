import { type SQL, sql } from "drizzle-orm";
import type { Context } from "../../context.ts";
import type { Database } from "../../db.ts";
import { newId } from "../../ids.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../time.ts";
import { type Purpose, users, verifications } from "../tables.ts";
import { normalizeEmail } from "../users/email.ts";
import { hashCode, hashToken, newCode, newToken } from "./secrets.ts";

/** The time for which links and codes are good. */
const LIFETIMES_MS: Readonly<Record<Purpose, number>> = {
  sign_up: DAY_MS,
  email: DAY_MS,
  new_email: DAY_MS,
  password: 30 * MINUTE_MS,
};

/** The most mails with a link that one address gets in an hour, whoever asks for them. */
const MAILS_AN_HOUR_MAX = 5;

/** The purpose of a verification, and whose address it proves. */
export interface VerificationTerms {
  readonly purpose: Purpose;
  /** Null for somebody who is signing up. */
  readonly userId: string | null;
  readonly email: string;
  /** Of somebody who is signing up. */
  readonly name?: string | null;
  readonly passwordHash?: string;
  /** A condition on which the mail is sent at all. */
  readonly mayAsk?: SQL;
}

const insertSelected = (db: Database, row: SQL) =>
  db.insert(verifications).select(row).returning({ id: verifications.id });

/** A new verification. The token and the code are known only now. */
export interface NewVerification {
  readonly id: string;
  readonly token: string;
  readonly code: string;
  readonly expiresAtMs: number;
  /**
   * Inserts it, unless its address got five mails within the hour, its user is gone, or `mayAsk`
   * does not hold. The mail comes after it in the batch.
   */
  readonly insert: ReturnType<typeof insertSelected>;
}

/** Makes the link and the code of a mail. */
export async function newVerification(
  { db, config, nowMs }: Pick<Context, "db" | "config" | "nowMs">,
  { purpose, userId, email, name = null, passwordHash, mayAsk = sql`true` }: VerificationTerms,
): Promise<NewVerification> {
  const id = newId("ver", nowMs);
  const [token, code] = [newToken(), newCode()];
  const emailNormalized = normalizeEmail(email);
  const expiresAtMs = nowMs + LIFETIMES_MS[purpose];
  const [tokenHash, codeHash] = [
    await hashToken(token),
    purpose === "password" ? null : await hashCode(config.JWT_SECRET, id, code),
  ];
  const mailsOfHour = sql`(
    select count(*) from ${verifications} where ${verifications.emailNormalized} =
      ${emailNormalized} and ${verifications.createdAt} > ${nowMs - HOUR_MS}
  )`;
  const isUser = sql`(${userId} is null or exists (
    select 1 from ${users} where ${users.id} = ${userId} and ${users.erasingAt} is null
  ))`;
  const insert = insertSelected(
    db,
    sql`select ${id}, ${purpose}, ${userId}, ${email}, ${emailNormalized}, ${tokenHash},
        ${codeHash}, 0, ${name}, ${passwordHash ?? null}, ${nowMs}, ${expiresAtMs}
        where ${mailsOfHour} < ${MAILS_AN_HOUR_MAX} and ${isUser} and ${mayAsk}`,
  );
  return { id, token, code, expiresAtMs, insert };
}
