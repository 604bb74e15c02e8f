import { readFileSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { parseArgs } from "node:util";
import { z } from "zod";
import { catalogData } from "../src/catalog/catalog-data.ts";
import { fromMicros } from "../src/units.ts";
import { catalogSql } from "./catalog-sql.ts";
import { executeSql, querySql } from "./d1.ts";
import { type CurrentModel, describeDifference, toModels } from "./import-models.ts";
import { readPriceList } from "./price-lists.ts";
import { UserError } from "./user-error.ts";

const USAGE = `npm run catalog -- import <file or URL> [--markup <percent>] [--only <ids>] …
  --markup        added to the vendor's price, in percent: 0
  --only          ids of models, in which * stands for anything: 'gpt-*,o4-*'
  --credit-value  what a credit is worth, in US dollars: 0.01
  --upstream      the upstream that serves them, a key of the setting UPSTREAMS: local
  --yes           writes without asking
  --remote, --persist-to <folder>   as for a catalog`;

function readArguments(args: readonly string[]) {
  try {
    const flag = { type: "boolean", default: false } as const;
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        markup: { type: "string", default: "0" },
        only: { type: "string", multiple: true, default: [] },
        "credit-value": { type: "string", default: "0.01" },
        upstream: { type: "string", default: "local" },
        yes: flag,
        remote: flag,
        "persist-to": { type: "string" },
      },
    });
    const [source, ...more] = positionals;
    if (source === undefined || more.length > 0) throw new Error("Name one price list.");
    const markupPercent = Number(values.markup);
    const creditUsd = Number(values["credit-value"]);
    if (!(markupPercent > -100)) throw new Error("--markup must be a percentage.");
    if (!(creditUsd > 0)) throw new Error("--credit-value must be above 0.");
    const only = values.only.flatMap((ids) => ids.split(",")).filter((id) => id !== "");
    const { upstream, yes, remote, "persist-to": folder } = values;
    return { source, markupPercent, creditUsd, only, upstream, yes, remote, folder };
  } catch (error) {
    throw new UserError(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  }
}

async function readSource(source: string): Promise<unknown> {
  try {
    if (!/^https?:/.test(source)) return JSON.parse(readFileSync(source, "utf8"));
    const response = await fetch(source);
    if (!response.ok) throw new Error(`status ${response.status}`);
    return await response.json();
  } catch (error) {
    throw new UserError(`The price list could not be read: ${String(error)}`);
  }
}

const price = z
  .number()
  .nullable()
  .transform((value) => (value === null ? null : fromMicros(value)));
const storedModel = z.object({
  id: z.string(),
  inputPrice: price,
  cachedInputPrice: price,
  cacheWritePrice: price,
  outputPrice: price,
  contextLength: z.number(),
  maxOutputTokens: z.number(),
  imageTokens: z.number().nullable(),
  lowDetailImageTokens: z.number().nullable(),
});

const STORED_SQL = `SELECT id, input_price_microcredits_per_million AS inputPrice,
  cached_input_price_microcredits_per_million AS cachedInputPrice,
  cache_write_price_microcredits_per_million AS cacheWritePrice,
  output_price_microcredits_per_million AS outputPrice,
  context_length AS contextLength, max_output_tokens AS maxOutputTokens,
  image_tokens AS imageTokens, low_detail_image_tokens AS lowDetailImageTokens FROM models`;

async function isConfirmed(): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const reply = await terminal.question("Write these models? [y/N] ");
  terminal.close();
  return /^y(es)?$/i.test(reply.trim());
}

/** Makes models of a price list, shows how they differ from what is sold, and writes them. */
export async function importPriceList(args: readonly string[]): Promise<void> {
  const { source, yes, remote, folder, ...terms } = readArguments(args);
  const models = toModels(readPriceList(await readSource(source)), terms);
  if (models.length === 0) throw new UserError("No chat model of the list has such an id.");
  const catalog = catalogData.safeParse({ plans: [], models });
  if (!catalog.success)
    throw new UserError(
      `The list has models that cannot be sold:\n${z.prettifyError(catalog.error)}`,
    );
  const target = remote
    ? ["--remote"]
    : ["--local", ...(folder === undefined ? [] : ["--persist-to", folder])];
  const current: CurrentModel[] = querySql(STORED_SQL, target).map((row) => storedModel.parse(row));
  const lines = describeDifference(current, catalog.data.models);
  if (lines.length === 0) {
    console.log(`All ${models.length} models are sold at these prices already.`);
    return;
  }
  console.log(lines.join("\n"));
  if (!yes && !(await isConfirmed())) {
    console.log("Nothing was written.");
    return;
  }
  executeSql(catalogSql(catalog.data, Date.now()), target);
  console.log(`Wrote ${models.length} models.`);
}
