import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { z } from "zod";
import { type CheckedCatalog, catalogData } from "../src/catalog/catalog-data.ts";
import { UserError } from "./user-error.ts";

/** The names of the catalogs in dev/catalogs. */
export const listCatalogNames = (): string[] =>
  readdirSync(new URL("catalogs/", import.meta.url))
    .filter((file) => file.endsWith(".ts"))
    .map((file) => file.slice(0, -".ts".length));

/** Tells whether a catalog is another than the one that was loaded. */
export const catalogDigest = (catalog: CheckedCatalog): string =>
  createHash("sha256").update(JSON.stringify(catalog)).digest("hex");

/**
 * A catalog by its name, checked. @throws {Trouble} where there is none of that name, or it is not
 * a catalog
 */
export async function readCatalog(name: string): Promise<CheckedCatalog> {
  const names = listCatalogNames();
  if (!names.includes(name))
    throw new UserError(
      `There is no catalog "${name}" in dev/catalogs. There is: ${names.join(", ")}.`,
    );
  const file: { readonly catalog?: unknown } = await import(`./catalogs/${name}.ts`);
  const checked = catalogData.safeParse(file.catalog);
  if (!checked.success)
    throw new UserError(
      `dev/catalogs/${name}.ts is not a catalog, so nothing was loaded:\n${z.prettifyError(checked.error)}`,
    );
  return checked.data;
}
