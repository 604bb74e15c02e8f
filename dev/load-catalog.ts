import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { catalogSql } from "./catalog-sql.ts";
import { executeSql } from "./d1.ts";
import { importPriceList } from "./import-price-list.ts";
import { pushToStripe } from "./push-catalog.ts";
import { listCatalogNames, readCatalog } from "./read-catalog.ts";
import { UserError } from "./user-error.ts";

const USAGE = `npm run catalog -- <name> [--only] [--push] [--remote] [--persist-to <folder>]
  --only        takes every plan and model off sale that the catalog does not name
  --push        then has the Worker make products and prices at Stripe:
                the one that npm start runs, or at FAREBOX_URL
  --remote      into the deployed database
  --persist-to  into a local one elsewhere
                (.dev/state is that of npm start, and what --push takes)
npm run catalog -- import <file or URL> makes models of a price list: see docs/catalogs.md`;
const ROOT = fileURLToPath(new URL("..", import.meta.url));
const DEFAULT_STATE_FOLDER = join(ROOT, ".dev/state");

function readArguments() {
  try {
    const flag = { type: "boolean", default: false } as const;
    const options = {
      remote: flag,
      only: flag,
      push: flag,
      "persist-to": { type: "string" },
    } as const;
    const { values, positionals } = parseArgs({ allowPositionals: true, options });
    const { remote, only, push, "persist-to": folder } = values;
    const [name, ...more] = positionals;
    if (name === undefined || more.length > 0)
      throw new Error(`Catalogs: ${listCatalogNames().join(", ")}.`);
    if (remote && folder !== undefined) throw new Error("--persist-to is for the local database.");
    if (remote && push && process.env["FAREBOX_URL"] === undefined)
      throw new Error("--push asks the deployed Worker to do it: set FAREBOX_URL to its address.");
    return { name, remote, only, push, folder };
  } catch (error) {
    throw new UserError(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  }
}

async function loadFromCommandLine(): Promise<void> {
  const { name, remote, only, push, folder } = readArguments();
  const catalog = await readCatalog(name);
  if (only && !catalog.plans.some((plan) => plan.kind === "free" && plan.isActive))
    throw new UserError(
      `The catalog "${name}" has no free plan, which new users need: load it without --only.`,
    );
  const persistTo =
    folder === undefined ? (push ? DEFAULT_STATE_FOLDER : undefined) : resolve(folder);
  const local = ["--local", ...(persistTo === undefined ? [] : ["--persist-to", persistTo])];
  executeSql(catalogSql(catalog, Date.now(), only), remote ? ["--remote"] : local);

  const prices = catalog.plans.reduce((sum, plan) => sum + plan.prices.length, 0);
  const slugs = catalog.plans.map((plan) => plan.slug).join(", ");
  const ids = catalog.models.map((model) => model.id).join(", ");
  console.log(
    [
      `Loaded the catalog "${name}" into the ${remote ? "remote" : "local"} database:`,
      `  ${catalog.plans.length} plans (${slugs}) with ${prices} prices`,
      `  ${catalog.models.length} models (${ids})`,
      ...(only ? ["  all others are no longer sold"] : []),
    ].join("\n"),
  );
  // `npm start` keeps the operator's credentials beside its databases.
  if (push) console.log(await pushToStripe(dirname(persistTo ?? DEFAULT_STATE_FOLDER)));
}

try {
  const [, , verb, ...rest] = process.argv;
  await (verb === "import" ? importPriceList(rest) : loadFromCommandLine());
} catch (error) {
  console.error(error instanceof UserError ? error.message : error);
  process.exitCode = 1;
}
