import { and, eq, sql } from "drizzle-orm";
import type { Context } from "../../context.ts";
import type { Database } from "../../db.ts";
import { composeMail, isMailOn, mailIfChanged } from "../../mail/index.ts";
import { DAY_MS } from "../../time.ts";
import { signInPlaces } from "../tables.ts";
import { describeDevice } from "./describe-device.ts";
import type { Device } from "./device.ts";

/** The most places that are kept of a user. Later ones are neither kept nor told. */
const PLACES_MAX = 200;

/** The most mails of this kind that a user gets in a day, however many places there are. */
const MAILS_A_DAY_MAX = 10;

/** A kind of device in a country, in which a user signed in. Parts that nobody told are empty. */
interface Place {
  readonly userId: string;
  readonly device: string;
  readonly country: string;
}

async function isKnown(db: Database, { userId, device, country }: Place): Promise<boolean> {
  const row = await db
    .select({ userId: signInPlaces.userId })
    .from(signInPlaces)
    .where(
      and(
        eq(signInPlaces.userId, userId),
        eq(signInPlaces.device, device),
        eq(signInPlaces.country, country),
      ),
    )
    .get();
  return row !== undefined;
}

/** Returns the statements that keep a place: one if it is worth a mail, and one in any case. */
function keepPlace(db: Database, { userId, device, country }: Place, nowMs: number) {
  const ofUser = sql`from ${signInPlaces} where ${signInPlaces.userId} = ${userId}`;
  const count = sql`(select count(*) ${ofUser})`;
  const recent = sql`(select count(*) ${ofUser} and ${signInPlaces.firstAt} > ${nowMs - DAY_MS})`;
  const isNew = sql`(
    not exists (select 1 ${ofUser} and ${signInPlaces.device} = ${device})
    or not exists (select 1 ${ofUser} and ${signInPlaces.country} = ${country})
  )`;
  const row = sql`select ${userId}, ${device}, ${country}, ${nowMs}`;
  const insert = (condition: ReturnType<typeof sql>) =>
    db
      .insert(signInPlaces)
      .select(sql`${row} where ${condition} and ${count} < ${PLACES_MAX}`)
      .onConflictDoNothing();
  return {
    ifWorthTelling: insert(sql`${count} > 0 and ${recent} <= ${MAILS_A_DAY_MAX} and ${isNew}`),
    inAnyCase: insert(sql`true`),
  };
}

/**
 * Keeps where a user signs in, and mails them where the country or the kind of device is new: but
 * not at their first sign-in, where everything is. It comes before the tokens are given, so that
 * nobody uses a session of which its user was not told.
 *
 * Places outlive their sessions: whoever signs out every day is not told every day, and a thief is
 * told of when no session is left.
 */
export async function recordSignIn(
  ctx: Context,
  user: { readonly id: string; readonly email: string },
  sessionId: string,
  { userAgent, country, city, language }: Device,
): Promise<void> {
  const { db, config, nowMs } = ctx;
  const { browser, system } = describeDevice(userAgent);
  const place = {
    userId: user.id,
    device: [browser, system].filter((part) => part !== null).join(" / "),
    country: country ?? "",
  };
  if (await isKnown(db, place)) return;
  const { ifWorthTelling, inAnyCase } = keepPlace(db, place, nowMs);
  if (!isMailOn(ctx)) {
    await inAnyCase;
    return;
  }
  const { PUBLIC_URL } = config;
  const mail = await composeMail(ctx, {
    kind: "new_sign_in",
    facts: {
      browser,
      system,
      country,
      city,
      atMs: nowMs,
      accountUrl: `${PUBLIC_URL}/account`,
      forgotUrl: `${PUBLIC_URL}/forgot`,
    },
    to: user.email,
    userId: user.id,
    language,
    onceKey: `new_sign_in:${sessionId}`,
  });
  await db.batch([ifWorthTelling, mailIfChanged(db, mail), inAnyCase]);
}

/** Lists where a user has signed in, by device and country. Of 200 places at most. */
export const listSignInPlaces = (
  db: Database,
  userId: string,
): Promise<Pick<typeof signInPlaces.$inferSelect, "device" | "country" | "firstAt">[]> =>
  db
    .select({
      device: signInPlaces.device,
      country: signInPlaces.country,
      firstAt: signInPlaces.firstAt,
    })
    .from(signInPlaces)
    .where(eq(signInPlaces.userId, userId))
    .orderBy(signInPlaces.device, signInPlaces.country);

/** Deletes where a user signed in, who is being erased. */
export async function deleteSignInPlacesOf(db: Database, userId: string): Promise<void> {
  await db.delete(signInPlaces).where(eq(signInPlaces.userId, userId));
}
