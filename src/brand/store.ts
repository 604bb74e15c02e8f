import { eq } from "drizzle-orm";
import type { Database } from "../db.ts";
import { type BrandChoices, NO_CHOICES } from "./brand.ts";
import type { LogoType } from "./logo-type.ts";
import { brandChoices, brandLogos } from "./tables.ts";

/** The id of the one row. */
export const BRAND_ID = "brand";

/** Reads what an admin chose. */
export async function readChoices(db: Database): Promise<BrandChoices> {
  const row = await db.select().from(brandChoices).where(eq(brandChoices.id, BRAND_ID)).get();
  if (row === undefined) return NO_CHOICES;
  const { id: _id, updatedAt: _updatedAt, ...choices } = row;
  return choices;
}

/** An uploaded logo. */
export interface Logo {
  readonly digest: string;
  readonly type: LogoType;
  readonly base64: string;
}

/** Finds an uploaded logo by its digest. */
export const findLogo = (db: Database, digest: string): Promise<Logo | undefined> =>
  db.select().from(brandLogos).where(eq(brandLogos.digest, digest)).get();
