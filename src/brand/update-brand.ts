import type { BatchItem } from "drizzle-orm/batch";
import { auditStatement } from "../audit/index.ts";
import { leadsHome } from "../brand-settings.ts";
import type { Context } from "../context.ts";
import { fail, ok, type Result } from "../errors.ts";
import type { BrandChoices } from "./brand.ts";
import type { BrandPatch } from "./brand-patch.ts";
import { clearChoicesCache } from "./choices-cache.ts";
import { decodeLogo } from "./decode-logo.ts";
import { BRAND_ID, type Logo, readChoices } from "./store.ts";
import { brandChoices, brandLogos } from "./tables.ts";

const SELF_REDIRECT = fail("invalid_request", "home: must not redirect the home page to itself", {
  param: "home",
});

type Changes = Partial<BrandChoices>;

/** Returns the fields of a patch that are not as they were. */
function changesOf(
  before: BrandChoices,
  { logo: _base64, ...patch }: BrandPatch,
  logo: Logo | null | undefined,
): Changes {
  const asked = { ...patch, logoDigest: logo === undefined ? undefined : (logo?.digest ?? null) };
  return Object.fromEntries(
    Object.entries(asked).flatMap(([field, value]) =>
      value === undefined || value === Reflect.get(before, field) ? [] : [[field, value]],
    ),
  );
}

async function readLogo(
  base64: string | null | undefined,
): Promise<Result<Logo | null | undefined>> {
  return typeof base64 === "string" ? await decodeLogo(base64) : ok(base64);
}

/**
 * Changes the brand, with its entry in the audit log. Customers see it at once in this isolate, and
 * within a minute elsewhere.
 * @returns what an admin has chosen now; `invalid_request` for a picture that is none
 */
export async function updateBrand(ctx: Context, patch: BrandPatch): Promise<Result<BrandChoices>> {
  const { db, nowMs, actor, config } = ctx;
  if (typeof patch.home === "string" && leadsHome(patch.home, config.PUBLIC_URL))
    return SELF_REDIRECT;
  const logo = await readLogo(patch.logo);
  if (!logo.ok) return logo;
  const before = await readChoices(db);
  const changes = changesOf(before, patch, logo.value);
  const fields = Object.keys(changes);
  if (fields.length === 0) return ok(before);
  const facts = Object.fromEntries(fields.map((field) => [field, Reflect.get(before, field)]));
  const statements: [BatchItem<"sqlite">, ...BatchItem<"sqlite">[]] = [
    db
      .insert(brandChoices)
      .values({ id: BRAND_ID, ...changes, updatedAt: nowMs })
      .onConflictDoUpdate({ target: brandChoices.id, set: { ...changes, updatedAt: nowMs } }),
    auditStatement(
      db,
      { actor, action: "brand.updated", subjectId: BRAND_ID, before: facts, after: changes },
      nowMs,
    ),
  ];
  if (logo.value)
    statements.push(
      db
        .insert(brandLogos)
        .values({ ...logo.value, createdAt: nowMs })
        .onConflictDoNothing(),
    );
  await db.batch(statements);
  clearChoicesCache();
  return ok({ ...before, ...changes });
}
