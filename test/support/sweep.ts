import { env } from "cloudflare:workers";
import { z } from "zod";
import { app } from "../../src/app.ts";
import { listWireRoutes } from "../../src/openapi/wire-routes.ts";
import { call } from "./call.ts";

/** A JSON schema, as far as `sampleFor` reads it. */
interface Schema {
  readonly type?: string | undefined;
  readonly const?: unknown;
  readonly enum?: readonly unknown[] | undefined;
  readonly anyOf?: readonly Schema[] | undefined;
  readonly properties?: Readonly<Record<string, Schema>> | undefined;
  readonly required?: readonly string[] | undefined;
  readonly additionalProperties?: unknown;
  readonly items?: Schema | undefined;
  readonly minItems?: number | undefined;
  readonly minimum?: number | undefined;
  readonly maxLength?: number | undefined;
  readonly format?: string | undefined;
}
const jsonSchema: z.ZodType<Schema> = z.lazy(() =>
  z.object({
    type: z.string().optional(),
    const: z.unknown().optional(),
    enum: z.array(z.unknown()).optional(),
    anyOf: z.array(jsonSchema).optional(),
    properties: z.record(z.string(), jsonSchema).optional(),
    required: z.array(z.string()).optional(),
    additionalProperties: z.unknown().optional(),
    items: jsonSchema.optional(),
    minItems: z.number().optional(),
    minimum: z.number().optional(),
    maxLength: z.number().optional(),
    format: z.string().optional(),
  }),
);

/** A route of the app, with the schemas that its validators have for a request. */
export interface SweptRoute {
  readonly method: string;
  readonly path: string;
  /** `GET /api/orders/:id` */
  readonly name: string;
  readonly params: readonly string[];
  readonly body: Schema | undefined;
  readonly query: Schema | undefined;
}

/** Returns every route of the app's wire, so that a new one is swept without being added here. */
export const sweptRoutes = (): SweptRoute[] =>
  listWireRoutes(app).map(({ method, path, metadata }) => {
    const schemaOf = (target: string): Schema | undefined => {
      const input = metadata.find((one) => one.kind === "input" && one.target === target);
      if (input?.kind !== "input") return undefined;
      return jsonSchema.parse(
        z.toJSONSchema(input.schema, { io: "input", unrepresentable: "any" }),
      );
    };
    const params = [...path.matchAll(/:(\w+)/g)].map(([, name = ""]) => name);
    return {
      method,
      path,
      name: `${method} ${path}`,
      params,
      body: schemaOf("json"),
      query: schemaOf("query"),
    };
  });

const MESSAGES = [{ role: "user", content: "Hi" }];
/**
 * The routes of paid chats, each with a body: they read it themselves, and pass on to the vendor
 * what they know.
 */
export const PAID_CHATS: Readonly<Record<string, object>> = {
  "POST /v1/chat/completions": { model: "small", messages: MESSAGES },
  "POST /v1/responses": { model: "small", input: "Hi" },
  "POST /v1/completions": { model: "small", prompt: "Hi" },
  "POST /v1/messages": { model: "small", max_tokens: 1, messages: MESSAGES },
  // The models of `loadEndpointModels`.
  "POST /v1/embeddings": { model: "embed", input: "Hi" },
  "POST /v1/images/generations": { model: "paint", prompt: "Hi" },
  "POST /v1/audio/speech": { model: "speak", input: "Hi", voice: "alloy" },
  "POST /v1/moderations": { model: "check", input: "Hi" },
};

/** Routes that take a form and are paid for as chats are: see test/endpoints. */
export const PAID_FORMS: ReadonlySet<string> = new Set([
  "POST /v1/audio/transcriptions",
  "POST /v1/audio/translations",
]);

/** Valid values of fields whose schema does not describe them, by field name. */
const SAMPLE_VALUES: Readonly<Record<string, unknown>> = {
  email: "swept@farebox.test",
  password: "a password of nobody",
  newPassword: "a password of nobody",
  paymentMethodId: "pm_0123456789abcdef",
  conversationId: `cnv_${"0".repeat(32)}`,
  agentId: `agt_${"0".repeat(32)}`,
  planId: "t-pack",
  tier: "t-pack",
  slug: "swept",
  currency: "usd",
};

/**
 * Returns the smallest value that fits a schema.
 * @param name of the field, for a lookup in `SAMPLE_VALUES`
 */
export function sampleFor(schema: Schema, name = ""): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  if (name in SAMPLE_VALUES && schema.type === "string") return SAMPLE_VALUES[name];
  const [option] = schema.anyOf?.filter(({ type }) => type !== "null") ?? [];
  if (option !== undefined) return sampleFor(option, name);
  if (schema.type === "object")
    return Object.fromEntries(
      (schema.required ?? []).map((key) => [key, sampleFor(schema.properties?.[key] ?? {}, key)]),
    );
  if (schema.type === "array")
    return Array.from({ length: schema.minItems ?? 0 }, () => sampleFor(schema.items ?? {}, name));
  if (schema.type === "integer" || schema.type === "number")
    return Math.max(1, schema.minimum ?? 1);
  if (schema.type === "boolean") return false;
  return schema.format === "date-time" ? "2099-01-01T00:00:00Z" : "swept";
}

/** Returns the schema of a field's strings, if the field can be a string. */
export const findStringSchema = (schema: Schema): Schema | undefined =>
  schema.type === "string" && schema.enum === undefined && schema.const === undefined
    ? schema
    : schema.anyOf?.map(findStringSchema).findLast((one) => one !== undefined);

/** Fills in the parameters of a path. */
export const fillPath = (path: string, valueOf: (param: string) => string): string =>
  path.replaceAll(/:(\w+)(\{[^}]*\})?/g, (_, param: string) => valueOf(param));

/**
 * Sends a request, and again if it was refused by the limit on payment requests, which has tests of
 * its own.
 */
export async function send(
  method: string,
  path: string,
  options: Parameters<typeof call>[2] = {},
): Promise<Response> {
  const response = await call(method, path, options);
  if (response.status !== 429) return response;
  await env.DB.prepare("DELETE FROM payment_requests").run();
  return await call(method, path, options);
}

export interface Refusal {
  readonly status: number;
  readonly code: string | null;
  readonly param: string | null;
}

const envelope = z.object({
  error: z.object({ code: z.string(), param: z.string().nullable(), message: z.string() }),
});
const anthropicEnvelope = z
  .object({
    type: z.literal("error"),
    error: z.object({
      type: z.string(),
      message: z.string(),
      details: z.looseObject({ error_code: z.string(), param: z.string().nullish() }),
    }),
    request_id: z.string().startsWith("req_"),
  })
  .transform(({ error }) => ({ code: error.details.error_code, param: error.details.param }));

/**
 * Reads the error of a response. `code` is null for a response without an error in the usual form.
 */
export async function readRefusal(response: Response): Promise<Refusal> {
  const text = await response.text();
  const json =
    response.headers.get("content-type")?.includes("json") === true ? JSON.parse(text) : null;
  const error = envelope.safeParse(json).data?.error ?? anthropicEnvelope.safeParse(json).data;
  return { status: response.status, code: error?.code ?? null, param: error?.param ?? null };
}

/** Sends a request and reads the error of its response. */
export const sendAndReadRefusal = async (...args: Parameters<typeof send>): Promise<Refusal> =>
  await readRefusal(await send(...args));

/** Visits all items, up to four at once. */
export async function forEachConcurrently<T>(
  items: readonly T[],
  visit: (item: T) => Promise<void>,
): Promise<void> {
  const remaining = items.values();
  const runWorker = async () => {
    for (const item of remaining) await visit(item);
  };
  await Promise.all(Array.from({ length: 4 }, runWorker));
}
