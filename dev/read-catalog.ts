import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { z } from "zod";
import { type CheckedCatalog, catalogData } from "../src/catalog/catalog-data.ts";
import { UserError } from "./user-error.ts";

/** Lists the names of the catalogs in dev/catalogs. */
export const listCatalogNames = (): string[] =>
  readdirSync(new URL("catalogs/", import.meta.url))
    .filter((file) => file.endsWith(".ts"))
    .map((file) => file.slice(0, -".ts".length));

/** Returns a digest by which a changed catalog is recognized. */
export const catalogDigest = (catalog: CheckedCatalog): string =>
  createHash("sha256").update(JSON.stringify(catalog)).digest("hex");

/**
 * Reads and validates a catalog by its name.
 * @throws {UserError} if the name is unknown or the file is not a valid catalog
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
      `dev/catalogs/${name}.ts is not a catalog, so nothing was loaded:\n` +
        z.prettifyError(checked.error),
    );
  return checked.data;
}
