import { and, count, eq, type SQL, sql } from "drizzle-orm";
import type { Database } from "../../db.ts";
import { sha256Hex } from "../../digest.ts";
import { recoveryCodes } from "../tables.ts";

const CODES = 10;
/** 80 random bits: nobody finds one by its hash. */
const CODE_BYTES = 10;
const GROUP = /.{5}(?=.)/g;

/** Crockford's Base32 in lower case, which has no letter that looks like a digit. */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

function newCode(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(CODE_BYTES));
  let bits = 0n;
  for (const byte of bytes) bits = (bits << 8n) | BigInt(byte);
  let code = "";
  for (let digit = 0; digit < (CODE_BYTES * 8) / 5; digit += 1) {
    code += ALPHABET[Number(bits & 31n)];
    bits >>= 5n;
  }
  return code.replaceAll(GROUP, "$&-");
}

/** Codes are hashed without what people add or mistake when they type them. */
const hashCode = (code: string): Promise<string> =>
  sha256Hex(
    code
      .toLowerCase()
      .replaceAll(/[^0-9a-z]/g, "")
      .replaceAll("o", "0")
      .replaceAll(/[il]/g, "1"),
  );

/** New codes, whose text is known only now, and the statements that put them in place of others. */
export interface NewRecoveryCodes {
  readonly codes: readonly string[];
  readonly statementsIf: (
    condition: SQL,
  ) => [ReturnType<typeof deleteStatement>, ReturnType<typeof insertStatement>];
}

const deleteStatement = (db: Database, userId: string, condition: SQL) =>
  db.delete(recoveryCodes).where(and(eq(recoveryCodes.userId, userId), condition));

const insertStatement = (db: Database, userId: string, hashes: readonly string[], condition: SQL) =>
  db
    .insert(recoveryCodes)
    .select(
      sql`select ${userId}, value from json_each(${JSON.stringify(hashes)}) where ${condition}`,
    )
    .returning({ codeHash: recoveryCodes.codeHash });

/** Makes ten recovery codes. Nothing is written yet. */
export async function newRecoveryCodes(db: Database, userId: string): Promise<NewRecoveryCodes> {
  const codes = Array.from({ length: CODES }, newCode);
  const hashes = await Promise.all(codes.map(hashCode));
  return {
    codes,
    statementsIf: (condition) => [
      deleteStatement(db, userId, condition),
      insertStatement(db, userId, hashes, condition),
    ],
  };
}

/** Uses a recovery code, once. @returns whether it was good */
export async function takeRecoveryCode(
  db: Database,
  userId: string,
  code: string,
): Promise<boolean> {
  const taken = await db
    .delete(recoveryCodes)
    .where(and(eq(recoveryCodes.userId, userId), eq(recoveryCodes.codeHash, await hashCode(code))))
    .returning({ userId: recoveryCodes.userId });
  return taken.length > 0;
}

/** Counts the recovery codes that a user has left. */
export async function countRecoveryCodes(db: Database, userId: string): Promise<number> {
  const row = await db
    .select({ left: count() })
    .from(recoveryCodes)
    .where(eq(recoveryCodes.userId, userId))
    .get();
  return row?.left ?? 0;
}
