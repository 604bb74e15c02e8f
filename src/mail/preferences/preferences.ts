import { eq, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { Database } from "../../db.ts";
import type { Language } from "../../languages.ts";
import { OPTIONAL_KINDS, type OptionalKind } from "../letters/letter.ts";
import { mailPreferences } from "../tables.ts";

/** The mails that a user wants, and their language. */
export interface MailPreferences {
  /** Null where the user never chose one, nor signed up with one. */
  readonly language: Language | null;
  readonly kinds: Readonly<Record<OptionalKind, boolean>>;
}

/** The preferences to change. What is left out stays. */
export interface MailPreferenceChange {
  readonly language?: Language;
  readonly kinds?: { readonly [K in OptionalKind]?: boolean | undefined };
}

/** Finds a user's preferences: every mail, where nothing is stored. */
export async function findMailPreferences(db: Database, userId: string): Promise<MailPreferences> {
  const row = await db
    .select()
    .from(mailPreferences)
    .where(eq(mailPreferences.userId, userId))
    .get();
  return {
    language: row?.language ?? null,
    kinds: {
      balance_low: row?.balanceLow ?? true,
      allowance_used_up: row?.allowanceUsedUp ?? true,
    },
  };
}

const COLUMNS = {
  balance_low: "balanceLow",
  allowance_used_up: "allowanceUsedUp",
} as const satisfies Record<OptionalKind, keyof typeof mailPreferences.$inferSelect>;

/** Returns the statement that changes a user's preferences. What is left out stays as it is. */
export function changeMailPreferences(
  db: Database,
  userId: string,
  { language, kinds = {} }: MailPreferenceChange,
  nowMs: number,
): BatchItem<"sqlite"> {
  const chosen = OPTIONAL_KINDS.flatMap((kind) => {
    const isOn = kinds[kind];
    return isOn === undefined ? [] : [[COLUMNS[kind], isOn] as const];
  });
  const set = {
    ...(language === undefined ? {} : { language }),
    ...Object.fromEntries(chosen),
    updatedAt: nowMs,
  };
  return db
    .insert(mailPreferences)
    .values({ userId, ...set })
    .onConflictDoUpdate({ target: mailPreferences.userId, set });
}

/**
 * Returns the statement that keeps the language of a new user. It does so only if the statement
 * **right before it in the batch** changed a row (SQLite's `changes()`).
 */
export const languageIfChanged = (
  db: Database,
  userId: string,
  language: Language,
  nowMs: number,
): BatchItem<"sqlite"> =>
  db
    .insert(mailPreferences)
    .select(sql`select ${userId}, ${language}, 1, 1, ${nowMs} where changes() > 0`)
    .onConflictDoNothing();

/** Deletes the preferences of a user, who is being erased. */
export async function deleteMailPreferencesOf(db: Database, userId: string): Promise<void> {
  await db.delete(mailPreferences).where(eq(mailPreferences.userId, userId));
}
