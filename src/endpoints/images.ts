import { z } from "zod";
import type { UnitPrice } from "../account/index.ts";
import type { ModelPricing } from "../catalog/index.ts";
import { estimateTokenCount, isObject } from "../chat/index.ts";
import { fail, ok, type Result } from "../errors.ts";
import { MICROCREDITS_PER_CREDIT } from "../units.ts";
import { measurePrompt, withUnits } from "./measure.ts";
import type { TaskRequest, TaskTerms } from "./task.ts";

const OVERHEAD_TOKENS = 64;
const MILLION = MICROCREDITS_PER_CREDIT;

/** OpenAI's request. */
export const imageBody = z.looseObject({
  model: z.string().min(1).max(200),
  prompt: z.string().min(1, "must not be empty").max(32_000),
  n: z.int().min(1).max(10).nullish(),
  size: z.string().min(1).max(20).nullish(),
  quality: z.string().min(1).max(20).nullish(),
  response_format: z.enum(["url", "b64_json"]).nullish(),
});
type ImageBody = z.infer<typeof imageBody>;

const isOpen = (value: string | null | undefined): boolean =>
  value === null || value === undefined || value === "auto";

/** A row of a model's table. `quality` is null where the model has none. */
interface Row {
  readonly variant: string;
  readonly quality: string | null;
  readonly size: string;
  readonly microcredits: number;
}

function listRows({ morePrices }: ModelPricing): Row[] {
  return Object.entries(morePrices?.imageMicrocredits ?? {}).map(([variant, microcredits]) => {
    const [first = "", second] = variant.split("/");
    return second === undefined
      ? { variant, quality: null, size: first, microcredits }
      : { variant, quality: first, size: second, microcredits };
  });
}

/**
 * Finds the row of a model's table that a request asks for. Where it leaves quality or size open,
 * the first row that fits is made: what is charged is known before.
 * @returns `invalid_request` for a quality or a size without a price
 */
function findRow(model: ModelPricing, { quality, size }: ImageBody): Result<Row> {
  const rows = listRows(model);
  const isQuality = (row: Row) =>
    isOpen(quality) || row.quality === quality || (row.quality === null && quality === "standard");
  const row = rows.find((each) => isQuality(each) && (isOpen(size) || each.size === size));
  if (row !== undefined) return ok(row);
  const isSizeUnknown = rows.some(isQuality);
  const param = isSizeUnknown ? "size" : "quality";
  const offered = isSizeUnknown
    ? rows.filter(isQuality).map((each) => each.size)
    : rows.map((each) => each.quality ?? "standard");
  return fail(
    "invalid_request",
    `${param}: "${(isSizeUnknown ? size : quality) ?? ""}" has no price for this model. ` +
      `Use one of ${[...new Set(offered)].join(", ")}.`,
    { param },
  );
}

const toUnit = ({ variant, microcredits }: Row): UnitPrice => ({
  kind: "image",
  variant,
  microcreditsPerMillion: microcredits * MILLION,
});

/** Builds the task of a request for images: each that comes is charged. */
export function generateImages(body: ImageBody): TaskRequest {
  const images = body.n ?? 1;
  const estimate = () => estimateTokenCount(body.prompt);
  const measureImages = (count: number, usage: unknown, terms: TaskTerms) =>
    withUnits(measurePrompt(usage, terms, estimate), count, terms);
  return {
    task: "image",
    model: body.model,
    fields: body,
    known: [
      ..."model prompt n size quality response_format style background moderation".split(" "),
      ..."output_format output_compression user".split(" "),
    ],
    endpoint: { path: "/images/generations", contentType: "application/json" },
    reply: "json",
    shownFields: "created data usage background output_format quality size".split(" "),
    bound(model) {
      const row = findRow(model, body);
      if (!row.ok) return row;
      const promptBoundTokens = new TextEncoder().encode(body.prompt).length + OVERHEAD_TOKENS;
      const unit = toUnit(row.value);
      return ok({ promptBoundTokens, maxTokens: 0, choices: images, maxUnits: images, unit });
    },
    build(fields, { upstreamModel }, { prices }) {
      // The row that is paid for, also where the request left it open.
      const [first, second] = prices.unit?.variant?.split("/") ?? [];
      const { quality: _, size: __, ...rest } = fields;
      const named = second === undefined ? { size: first } : { quality: first, size: second };
      return JSON.stringify({ ...rest, ...named, model: upstreamModel });
    },
    measure({ data, usage }, terms) {
      const came = Array.isArray(data)
        ? data.filter(
            (each) =>
              isObject(each) &&
              (typeof each["b64_json"] === "string" || typeof each["url"] === "string"),
          ).length
        : 0;
      return came === 0 ? null : measureImages(came, usage, terms);
    },
    // One that broke off in the middle of its first picture has a picture's name at least.
    measureRelayed: ({ usage, images: came }, terms) => measureImages(came, usage, terms),
  };
}
