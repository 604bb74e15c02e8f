import { z } from "zod";

/** The parts of a JSON schema that the reference shows. */
export interface JsonSchema {
  /** A reference to a named object: `#/components/schemas/Plan`. */
  readonly $ref?: string | undefined;
  readonly type?: string | readonly string[] | undefined;
  readonly format?: string | undefined;
  readonly enum?: readonly unknown[] | undefined;
  readonly const?: unknown;
  readonly default?: unknown;
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
  readonly minLength?: number | undefined;
  readonly maxLength?: number | undefined;
  readonly items?: JsonSchema | undefined;
  readonly properties?: Readonly<Record<string, JsonSchema>> | undefined;
  readonly required?: readonly string[] | undefined;
  readonly anyOf?: readonly JsonSchema[] | undefined;
  readonly oneOf?: readonly JsonSchema[] | undefined;
  readonly description?: string | undefined;
}

const schema: z.ZodType<JsonSchema> = z.lazy(() =>
  z.object({
    $ref: z.string().optional(),
    type: z.union([z.string(), z.array(z.string())]).optional(),
    format: z.string().optional(),
    enum: z.array(z.unknown()).optional(),
    const: z.unknown().optional(),
    default: z.unknown().optional(),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    minLength: z.number().optional(),
    maxLength: z.number().optional(),
    items: schema.optional(),
    properties: z.record(z.string(), schema).optional(),
    required: z.array(z.string()).optional(),
    anyOf: z.array(schema).optional(),
    oneOf: z.array(schema).optional(),
    description: z.string().optional(),
  }),
);

const content = z.record(
  z.string(),
  z.object({ schema: schema.optional(), example: z.unknown().optional() }),
);
const operation = z.object({
  summary: z.string().default(""),
  description: z.string().default(""),
  tags: z.array(z.string()).default([]),
  parameters: z
    .array(
      z.object({
        name: z.string(),
        in: z.string(),
        required: z.boolean().default(false),
        description: z.string().default(""),
        schema: schema.default({}),
      }),
    )
    .default([]),
  requestBody: z.object({ content }).optional(),
  responses: z.record(z.string(), z.object({ content: content.optional() })).default({}),
});

/** The parts of the document at `/openapi.json` that the reference shows. */
const document = z.object({
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.object({
    responses: z
      .record(z.string(), z.object({ description: z.string(), content: content.optional() }))
      .default({}),
    schemas: z.record(z.string(), schema).default({}),
  }),
});

/**
 * A field of a request or an answer. Nested fields have their path as a name: `prices[].currency`.
 */
export interface FieldDoc {
  readonly name: string;
  /** `path`, `query`, `header` or `body`; `response` or `object` where it is answered. */
  readonly location: string;
  readonly type: string;
  readonly required: boolean;
  readonly description: string;
}

export interface OperationDoc {
  /** The anchor of the operation: `post-api-agents-id`. */
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  /** The callers that are allowed, as a sentence. */
  readonly callers: string;
  readonly parameters: readonly FieldDoc[];
  readonly body: readonly FieldDoc[];
  /** The body of a successful answer. Its type is the name of the object if it has one. */
  readonly response: { readonly type: string; readonly fields: readonly FieldDoc[] } | null;
  /** The statuses of the answers, ascending. */
  readonly statuses: readonly string[];
}

export interface GroupDoc {
  readonly id: string;
  readonly title: string;
  readonly operations: readonly OperationDoc[];
}

/** A status of a refusal. */
interface ErrorDoc {
  readonly status: string;
  readonly description: string;
  readonly example: string;
}

/** A named object of requests or answers. */
interface ObjectDoc {
  readonly name: string;
  readonly fields: readonly FieldDoc[];
}

/** The whole reference. */
export interface Reference {
  readonly objects: readonly ObjectDoc[];
  readonly groups: readonly GroupDoc[];
  readonly errors: readonly ErrorDoc[];
}

const toAnchor = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");

const formatRange = (min: number | undefined, max: number | undefined): string => {
  if (min !== undefined && max !== undefined) return ` ${min}–${max}`;
  if (min !== undefined) return ` from ${min}`;
  return max === undefined ? "" : ` up to ${max}`;
};

/** Drops the bounds of safe integers, which zod writes for every integer. */
const toBound = (value: number | undefined): number | undefined =>
  value === undefined || Math.abs(value) === Number.MAX_SAFE_INTEGER ? undefined : value;

/** Describes a type in a few words: `integer 1–100`, `"day" or "month"`, `list of string`. */
export function describeType(schema: JsonSchema): string {
  if (schema.$ref !== undefined) return schema.$ref.slice(schema.$ref.lastIndexOf("/") + 1);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return [...new Set(choices.map(describeType))].join(" or ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined)
    return schema.enum.map((value) => JSON.stringify(value)).join(" or ");
  const type = typeof schema.type === "string" ? schema.type : (schema.type ?? []).join(" or ");
  if (type === "array")
    return schema.items === undefined ? "list" : `list of ${describeType(schema.items)}`;
  if (type === "string") {
    const length = formatRange(schema.minLength, schema.maxLength);
    return `${schema.format ?? "string"}${length === "" ? "" : ` (${length.trim()} characters)`}`;
  }
  return type === ""
    ? "anything"
    : `${type}${formatRange(toBound(schema.minimum), toBound(schema.maximum))}`;
}

/** Lists the fields of an object, and those of the objects in it. */
export function listFields(object: JsonSchema, location: string, prefix = ""): FieldDoc[] {
  return Object.entries(object.properties ?? {}).flatMap(([name, field]) => {
    const path = `${prefix}${name}`;
    const defaultNote =
      field.default === undefined ? "" : `Default: ${JSON.stringify(field.default)}.`;
    const description = [field.description ?? "", defaultNote]
      .filter((part) => part !== "")
      .join(" ");
    const docField = {
      name: path,
      location,
      type: describeType(field),
      required: object.required?.includes(name) ?? false,
      description,
    };
    const variants = [field, ...(field.anyOf ?? []), ...(field.oneOf ?? [])];
    const nested = variants.flatMap((variant) => [
      ...listFields(variant, location, `${path}.`),
      ...(variant.items === undefined ? [] : listFields(variant.items, location, `${path}[].`)),
    ]);
    return [docField, ...nested];
  });
}

type Operation = z.infer<typeof operation>;

function listParameters(path: string, { parameters }: Operation): FieldDoc[] {
  const documented = parameters.map(
    ({ name, in: location, required, description, schema: type }) => {
      const [field] = listFields({ properties: { [name]: { ...type, description } } }, location);
      return field === undefined ? [] : [{ ...field, required: required || location === "path" }];
    },
  );
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].flatMap(([, name]) =>
    name === undefined ? [] : [name],
  );
  const undocumented = inPath
    .filter((name) => !parameters.some((parameter) => parameter.name === name))
    .map((name) => ({ name, location: "path", type: "string", required: true, description: "" }));
  return [...undocumented, ...documented.flat()];
}

function toOperationDoc(method: string, path: string, described: Operation): OperationDoc {
  const body = Object.values(described.requestBody?.content ?? {})[0]?.schema;
  const success = Object.entries(described.responses).find(([status]) =>
    status.startsWith("2"),
  )?.[1];
  const response = Object.values(success?.content ?? {})[0]?.schema;
  return {
    id: toAnchor(`${method} ${path}`),
    method: method.toUpperCase(),
    path,
    summary: described.summary,
    callers: described.description,
    parameters: listParameters(path, described),
    body: body === undefined ? [] : listFields(body, "body"),
    response:
      response === undefined
        ? null
        : { type: describeType(response), fields: listFields(response, "response") },
    statuses: Object.keys(described.responses).toSorted(),
  };
}

/** Reads an OpenAPI document into the reference, grouped by tag in the document's order. Pure. */
export function readReference(json: unknown): Reference {
  const { paths, components } = document.parse(json);
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => ({
      tag: described.tags[0] ?? "Other",
      doc: toOperationDoc(method, path, described),
    })),
  );
  // The operator's routes come last.
  const byTag = [...Map.groupBy(all, ({ tag }) => tag)].toSorted(
    ([a], [b]) => Number(a === "Admin") - Number(b === "Admin"),
  );
  const groups = byTag.map(([title, entries]) => ({
    id: toAnchor(title),
    title,
    operations: entries.map(({ doc }) => doc),
  }));
  const errors = Object.entries(components.responses).map(
    ([status, { description, content: bodies = {} }]) => ({
      status,
      description,
      example: JSON.stringify(Object.values(bodies)[0]?.example ?? null, null, 2),
    }),
  );
  const objects = Object.entries(components.schemas).map(([name, object]) => ({
    name,
    fields: listFields(object, "object"),
  }));
  return { groups, errors, objects };
}
