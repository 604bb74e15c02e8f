import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { LOGO_TYPES } from "./logo-type.ts";

/** The brand that an admin chose, in one row. A column that is null leaves it to the setting. */
export const brandChoices = sqliteTable("brand_choices", {
  id: text("id").primaryKey(),
  name: text("name"),
  accent: text("accent"),
  support: text("support"),
  terms: text("terms"),
  privacy: text("privacy"),
  imprint: text("imprint"),
  home: text("home"),
  /** The digest of the uploaded logo, which is its address. */
  logoDigest: text("logo_digest"),
  updatedAt: integer("updated_at").notNull(),
});

/**
 * Uploaded logos, by the digest of their bytes. Earlier ones stay: mails and caches name them, and
 * each is small.
 */
export const brandLogos = sqliteTable("brand_logos", {
  digest: text("digest").primaryKey(),
  type: text("type", { enum: LOGO_TYPES }).notNull(),
  base64: text("base64").notNull(),
  createdAt: integer("created_at").notNull(),
});
