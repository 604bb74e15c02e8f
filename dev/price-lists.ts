import { z } from "zod";
import { UserError } from "./user-error.ts";

/** A model of a price list: prices in US dollars per million tokens; null where it names none. */
export interface ListedModel {
  readonly id: string;
  /** Who makes it, where the list says so. */
  readonly vendor: string | null;
  readonly input: number;
  readonly cachedInput: number | null;
  readonly cacheWrite: number | null;
  readonly output: number;
  readonly contextLength: number;
  readonly maxOutputTokens: number | null;
  readonly reasoning: boolean;
}

const MILLION = 1_000_000;

/** Converts a price of one token to that of a million, without the noise of binary fractions. */
const perMillion = (price: number): number => Number((price * MILLION).toFixed(6));

const positive = (value: number | null | undefined): number | null =>
  value !== null && value !== undefined && value > 0 ? value : null;

/** OpenRouter's `GET /api/v1/models`: prices as texts, for one token. */
const openRouterList = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      context_length: z.number().nullish(),
      architecture: z.object({ output_modalities: z.array(z.string()).optional() }).nullish(),
      pricing: z.object({
        prompt: z.coerce.number(),
        completion: z.coerce.number(),
        input_cache_read: z.coerce.number().optional(),
        input_cache_write: z.coerce.number().optional(),
      }),
      top_provider: z.object({ max_completion_tokens: z.number().nullish() }).nullish(),
      supported_parameters: z.array(z.string()).nullish(),
    }),
  ),
});

const readOpenRouter = ({ data }: z.output<typeof openRouterList>): ListedModel[] =>
  data
    // Routers have no price of their own: -1.
    .filter(({ pricing }) => pricing.prompt >= 0 && pricing.completion >= 0)
    .filter(({ architecture }) => architecture?.output_modalities?.includes("text") ?? true)
    .flatMap(({ id, context_length, pricing, top_provider, supported_parameters }) => {
      const contextLength = positive(context_length);
      if (contextLength === null) return [];
      const { input_cache_read: read, input_cache_write: write } = pricing;
      return {
        id,
        vendor: id.split("/")[0] ?? null,
        input: perMillion(pricing.prompt),
        cachedInput: read === undefined ? null : perMillion(read),
        cacheWrite: write === undefined ? null : perMillion(write),
        output: perMillion(pricing.completion),
        contextLength,
        maxOutputTokens: positive(top_provider?.max_completion_tokens),
        reasoning: supported_parameters?.includes("reasoning") ?? false,
      };
    });

/** models.dev's `api.json`: vendors with their models, prices for a million tokens. */
const modelsDevList = z.record(
  z.string(),
  z.object({
    id: z.string(),
    models: z.record(
      z.string(),
      z.object({
        id: z.string(),
        reasoning: z.boolean().optional(),
        modalities: z.object({ output: z.array(z.string()) }).optional(),
        cost: z
          .object({
            input: z.number(),
            output: z.number(),
            cache_read: z.number().optional(),
            cache_write: z.number().optional(),
          })
          .optional(),
        limit: z.object({ context: z.number(), output: z.number().optional() }),
      }),
    ),
  }),
);

const readModelsDev = (list: z.output<typeof modelsDevList>): ListedModel[] =>
  Object.values(list).flatMap(({ id: vendor, models }) =>
    Object.values(models)
      .filter(({ modalities }) => modalities?.output.includes("text") ?? true)
      .flatMap(({ id, cost, limit, reasoning = false }) =>
        cost === undefined || limit.context < 1
          ? []
          : {
              id,
              vendor,
              input: cost.input,
              cachedInput: cost.cache_read ?? null,
              cacheWrite: cost.cache_write ?? null,
              output: cost.output,
              contextLength: limit.context,
              maxOutputTokens: positive(limit.output),
              reasoning,
            },
      ),
  );

/** LiteLLM's `model_prices_and_context_window.json`: prices for one token, by the model's name. */
const liteLlmModel = z.object({
  mode: z.string().optional(),
  litellm_provider: z.string().optional(),
  input_cost_per_token: z.number().optional(),
  output_cost_per_token: z.number().optional(),
  cache_read_input_token_cost: z.number().optional(),
  cache_creation_input_token_cost: z.number().optional(),
  max_input_tokens: z.coerce.number().optional(),
  max_output_tokens: z.coerce.number().optional(),
  max_tokens: z.coerce.number().optional(),
  supports_reasoning: z.boolean().optional(),
});

const readLiteLlm = (list: Readonly<Record<string, unknown>>): ListedModel[] =>
  Object.entries(list).flatMap(([id, entry]) => {
    // Its first entry describes the fields, in words.
    const model = id === "sample_spec" ? undefined : liteLlmModel.safeParse(entry).data;
    const contextLength = positive(model?.max_input_tokens ?? model?.max_tokens);
    if (model === undefined || model.mode !== "chat" || contextLength === null) return [];
    const { input_cost_per_token: input, output_cost_per_token: output } = model;
    if (input === undefined || output === undefined) return [];
    const read = model.cache_read_input_token_cost;
    const write = model.cache_creation_input_token_cost;
    return {
      id,
      vendor: model.litellm_provider ?? null,
      input: perMillion(input),
      cachedInput: read === undefined ? null : perMillion(read),
      cacheWrite: write === undefined ? null : perMillion(write),
      output: perMillion(output),
      contextLength,
      maxOutputTokens: positive(model.max_output_tokens),
      reasoning: model.supports_reasoning ?? false,
    };
  });

const hasPricesByToken = (list: Readonly<Record<string, unknown>>): boolean =>
  Object.values(list).some((entry) => liteLlmModel.safeParse(entry).data?.mode !== undefined);

/**
 * Reads the chat models of a price list: OpenRouter's, models.dev's or LiteLLM's, told apart by
 * their shape. Models without prices or context are left out.
 * @throws {UserError} if it is none of them
 */
export function readPriceList(json: unknown): ListedModel[] {
  const openRouter = openRouterList.safeParse(json);
  if (openRouter.success) return readOpenRouter(openRouter.data);
  const modelsDev = modelsDevList.safeParse(json);
  if (modelsDev.success) return readModelsDev(modelsDev.data);
  const entries = z.record(z.string(), z.unknown()).safeParse(json);
  if (entries.success && hasPricesByToken(entries.data)) return readLiteLlm(entries.data);
  throw new UserError(
    "This is no price list that is known: OpenRouter's /models, models.dev's api.json, or " +
      "LiteLLM's model_prices_and_context_window.json.",
  );
}
