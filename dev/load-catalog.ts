import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { z } from "zod";
import { type CheckedCatalog, catalogData } from "../src/catalog/catalog-data.ts";
import { catalogSql } from "./catalog-sql.ts";

const USAGE = "Usage: npm run catalog -- <name> [--remote] [--persist-to <folder>]";
const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Ends the command with what is wrong and what would be right. */
function stop(message: string): never {
  console.error(message);
  process.exit(1);
}

const namesOfCatalogs = (): string[] =>
  readdirSync(new URL("catalogs/", import.meta.url))
    .filter((file) => file.endsWith(".ts"))
    .map((file) => file.slice(0, -".ts".length));

async function readCatalog(name: string): Promise<CheckedCatalog> {
  const names = namesOfCatalogs();
  if (!names.includes(name)) stop(`There is no catalog "${name}" in dev/catalogs. There is: ${names.join(", ")}.`);
  const file: { readonly catalog?: unknown } = await import(`./catalogs/${name}.ts`);
  const checked = catalogData.safeParse(file.catalog);
  if (!checked.success)
    stop(`dev/catalogs/${name}.ts is not a catalog, so nothing was loaded:\n${z.prettifyError(checked.error)}`);
  return checked.data;
}

/** Runs statements in the D1 database that wrangler.toml binds as DB. */
function execute(statements: readonly string[], where: readonly string[]): void {
  const folder = mkdtempSync(join(tmpdir(), "farebox-catalog-"));
  const file = join(folder, "catalog.sql");
  try {
    writeFileSync(file, `${statements.join(";\n")};\n`);
    const wrangler = join(ROOT, "node_modules/wrangler/bin/wrangler.js");
    const args = [wrangler, "d1", "execute", "DB", ...where, "--yes", "--file", file];
    const run = spawnSync(process.execPath, args, { cwd: ROOT, encoding: "utf8" });
    if (run.status !== 0) {
      const said = `${run.stdout}${run.stderr}${run.error?.message ?? ""}`.trim();
      const hint = said.includes("no such table") ? "\nMake the tables first: wrangler d1 migrations apply DB." : "";
      stop(`The catalog could not be written:\n${said}${hint}`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function readArguments() {
  try {
    const options = { remote: { type: "boolean", default: false }, "persist-to": { type: "string" } } as const;
    const { values, positionals } = parseArgs({ allowPositionals: true, options });
    return { remote: values.remote, persistTo: values["persist-to"], name: positionals[0], tooMany: positionals.length > 1 };
  } catch (error) {
    return stop(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  }
}

const { remote, persistTo, name, tooMany } = readArguments();
if (name === undefined || tooMany) stop(`${USAGE}\nCatalogs: ${namesOfCatalogs().join(", ")}.`);
if (remote && persistTo !== undefined) stop(`--persist-to is for the local database.\n${USAGE}`);

const catalog = await readCatalog(name);
execute(
  catalogSql(catalog, Date.now()),
  remote ? ["--remote"] : ["--local", ...(persistTo === undefined ? [] : ["--persist-to", resolve(persistTo)])],
);

const prices = catalog.plans.reduce((sum, plan) => sum + plan.prices.length, 0);
console.log(
  [
    `Loaded the catalog "${name}" into the ${remote ? "remote" : "local"} database:`,
    `  ${catalog.plans.length} plans (${catalog.plans.map((plan) => plan.slug).join(", ")}) with ${prices} prices`,
    `  ${catalog.models.length} models (${catalog.models.map((model) => model.id).join(", ")})`,
  ].join("\n"),
);
