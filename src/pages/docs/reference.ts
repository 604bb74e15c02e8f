import { z } from "zod";

/** What of a JSON schema is told to a reader. */
export interface JsonSchema {
  /** An object that has a name: `#/components/schemas/Plan`. */
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

/** What is read of the document at `/openapi.json`. */
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
 * A field of a request or an answer: its name (`prices[].currency`), where it goes, what it may be,
 * and what else is to be known.
 */
export interface FieldDoc {
  readonly name: string;
  readonly place: string;
  readonly type: string;
  readonly required: boolean;
  readonly description: string;
}

export interface OperationDoc {
  /** Its anchor: `post-api-agents-id`. */
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  /** Who may call. */
  readonly who: string;
  readonly parameters: readonly FieldDoc[];
  readonly body: readonly FieldDoc[];
  /** What is in a good answer; an object that has a name is told by that. */
  readonly answer: { readonly type: string; readonly fields: readonly FieldDoc[] } | null;
  /** Statuses, good ones first. */
  readonly answers: readonly string[];
}

export interface GroupDoc {
  readonly id: string;
  readonly title: string;
  readonly operations: readonly OperationDoc[];
}

/** A status that says that something is wrong. */
interface ErrorDoc {
  readonly status: string;
  readonly description: string;
  readonly example: string;
}

/** An object that requests or answers hold, by its name. */
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

const formatRange = (least: number | undefined, most: number | undefined): string => {
  if (least !== undefined && most !== undefined) return ` ${least}–${most}`;
  if (least !== undefined) return ` from ${least}`;
  return most === undefined ? "" : ` up to ${most}`;
};

/** zod writes the safe integers as bounds, which say nothing. */
const toBound = (value: number | undefined): number | undefined =>
  value === undefined || Math.abs(value) === Number.MAX_SAFE_INTEGER ? undefined : value;

/** What a value may be, in a few words: `integer 1–100`, `"day" or "month"`, `list of string`. */
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

/** The fields of an object, and of the objects in it. */
export function listFields(of: JsonSchema, place: string, prefix = ""): FieldDoc[] {
  return Object.entries(of.properties ?? {}).flatMap(([name, field]) => {
    const path = `${prefix}${name}`;
    const defaultNote =
      field.default === undefined ? "" : `Default: ${JSON.stringify(field.default)}.`;
    const description = [field.description ?? "", defaultNote]
      .filter((part) => part !== "")
      .join(" ");
    const docField = {
      name: path,
      place,
      type: describeType(field),
      required: of.required?.includes(name) ?? false,
      description,
    };
    const variants = [field, ...(field.anyOf ?? []), ...(field.oneOf ?? [])];
    const nested = variants.flatMap((variant) => [
      ...listFields(variant, place, `${path}.`),
      ...(variant.items === undefined ? [] : listFields(variant.items, place, `${path}[].`)),
    ]);
    return [docField, ...nested];
  });
}

type Operation = z.infer<typeof operation>;

function listParameters(path: string, { parameters }: Operation): FieldDoc[] {
  const documented = parameters.map(({ name, in: place, required, description, schema: of }) => {
    const [field] = listFields({ properties: { [name]: { ...of, description } } }, place);
    return field === undefined ? [] : [{ ...field, required: required || place === "path" }];
  });
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].flatMap(([, name]) =>
    name === undefined ? [] : [name],
  );
  const undocumented = inPath
    .filter((name) => !parameters.some((parameter) => parameter.name === name))
    .map((name) => ({ name, place: "path", type: "string", required: true, description: "" }));
  return [...undocumented, ...documented.flat()];
}

function toOperationDoc(method: string, path: string, of: Operation): OperationDoc {
  const body = Object.values(of.requestBody?.content ?? {})[0]?.schema;
  const success = Object.entries(of.responses).find(([status]) => status.startsWith("2"))?.[1];
  const answer = Object.values(success?.content ?? {})[0]?.schema;
  return {
    id: toAnchor(`${method} ${path}`),
    method: method.toUpperCase(),
    path,
    summary: of.summary,
    who: of.description,
    parameters: listParameters(path, of),
    body: body === undefined ? [] : listFields(body, "body"),
    answer:
      answer === undefined
        ? null
        : { type: describeType(answer), fields: listFields(answer, "answer") },
    answers: Object.keys(of.responses).toSorted(),
  };
}

/**
 * Reads an OpenAPI document into what a reader is shown, grouped by tag in the document's order.
 * Pure.
 */
export function readReference(json: unknown): Reference {
  const { paths, components } = document.parse(json);
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, of]) => ({
      tag: of.tags[0] ?? "Other",
      shown: toOperationDoc(method, path, of),
    })),
  );
  // What only the operator may do comes last.
  const byTag = [...Map.groupBy(all, ({ tag }) => tag)].toSorted(
    ([a], [b]) => Number(a === "Admin") - Number(b === "Admin"),
  );
  const groups = byTag.map(([title, entries]) => ({
    id: toAnchor(title),
    title,
    operations: entries.map(({ shown: doc }) => doc),
  }));
  const errors = Object.entries(components.responses).map(
    ([status, { description, content: as = {} }]) => ({
      status,
      description,
      example: JSON.stringify(Object.values(as)[0]?.example ?? null, null, 2),
    }),
  );
  const objects = Object.entries(components.schemas).map(([name, of]) => ({
    name,
    fields: listFields(of, "object"),
  }));
  return { groups, errors, objects };
}
