import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { catalogSql } from "../../dev/catalog-sql.ts";
import type { CheckedCatalog } from "../../src/catalog/catalog-data.ts";
import { ROOT } from "./scratch.ts";

/** Creates the tables of a new database behind `workers/d1.ts`, and loads a catalog. */
export async function loadCatalog(d1Url: string, catalog: CheckedCatalog): Promise<void> {
  const migrations = join(ROOT, "migrations");
  const steps = readdirSync(migrations).filter((file) => file.endsWith(".sql"));
  const tables = steps
    .toSorted()
    .flatMap((file) =>
      readFileSync(join(migrations, file), "utf8").split("--> statement-breakpoint"),
    );
  const statements = [...tables, ...catalogSql(catalog, Date.now())];
  const body = JSON.stringify(statements.map((sql) => ({ sql })));
  const reply = await fetch(`${d1Url}/execute`, { method: "POST", body });
  const answer = await reply.text();
  if (!reply.ok || answer.includes('"success":false'))
    throw new Error(`The catalog could not be loaded: ${answer.slice(0, 500)}`);
}
