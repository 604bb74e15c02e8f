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
export interface FieldShown {
  readonly name: string;
  readonly place: string;
  readonly type: string;
  readonly required: boolean;
  readonly description: string;
}

export interface OperationShown {
  /** Its anchor: `post-api-agents-id`. */
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  /** Who may call. */
  readonly who: string;
  readonly parameters: readonly FieldShown[];
  readonly body: readonly FieldShown[];
  /** What is in a good answer; an object that has a name is told by that. */
  readonly answer: { readonly type: string; readonly fields: readonly FieldShown[] } | null;
  /** Statuses, good ones first. */
  readonly answers: readonly string[];
}

export interface GroupShown {
  readonly id: string;
  readonly title: string;
  readonly operations: readonly OperationShown[];
}

/** A status that says that something is wrong. */
interface ErrorShown {
  readonly status: string;
  readonly description: string;
  readonly example: string;
}

/** An object that requests or answers hold, by its name. */
interface ObjectShown {
  readonly name: string;
  readonly fields: readonly FieldShown[];
}

/** The whole reference. */
export interface Reference {
  readonly objects: readonly ObjectShown[];
  readonly groups: readonly GroupShown[];
  readonly errors: readonly ErrorShown[];
}

const anchor = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");

const between = (least: number | undefined, most: number | undefined): string => {
  if (least !== undefined && most !== undefined) return ` ${least}–${most}`;
  if (least !== undefined) return ` from ${least}`;
  return most === undefined ? "" : ` up to ${most}`;
};

/** zod writes the safe integers as bounds, which say nothing. */
const bound = (value: number | undefined): number | undefined =>
  value === undefined || Math.abs(value) === Number.MAX_SAFE_INTEGER ? undefined : value;

/** What a value may be, in a few words: `integer 1–100`, `"day" or "month"`, `list of string`. */
export function typeOf(of: JsonSchema): string {
  if (of.$ref !== undefined) return of.$ref.slice(of.$ref.lastIndexOf("/") + 1);
  const choices = of.anyOf ?? of.oneOf;
  if (choices !== undefined) return [...new Set(choices.map(typeOf))].join(" or ");
  if (of.const !== undefined) return JSON.stringify(of.const);
  if (of.enum !== undefined) return of.enum.map((one) => JSON.stringify(one)).join(" or ");
  const type = typeof of.type === "string" ? of.type : (of.type ?? []).join(" or ");
  if (type === "array") return of.items === undefined ? "list" : `list of ${typeOf(of.items)}`;
  if (type === "string") {
    const length = between(of.minLength, of.maxLength);
    return `${of.format ?? "string"}${length === "" ? "" : ` (${length.trim()} characters)`}`;
  }
  return type === "" ? "anything" : `${type}${between(bound(of.minimum), bound(of.maximum))}`;
}

/** The fields of an object, and of the objects in it. */
export function fieldsOf(of: JsonSchema, place: string, prefix = ""): FieldShown[] {
  return Object.entries(of.properties ?? {}).flatMap(([name, field]) => {
    const whole = `${prefix}${name}`;
    const standard =
      field.default === undefined ? "" : `Default: ${JSON.stringify(field.default)}.`;
    const description = [field.description ?? "", standard].filter((part) => part !== "").join(" ");
    const own = {
      name: whole,
      place,
      type: typeOf(field),
      required: of.required?.includes(name) ?? false,
      description,
    };
    const inner = [field, ...(field.anyOf ?? []), ...(field.oneOf ?? [])];
    const nested = inner.flatMap((one) => [
      ...fieldsOf(one, place, `${whole}.`),
      ...(one.items === undefined ? [] : fieldsOf(one.items, place, `${whole}[].`)),
    ]);
    return [own, ...nested];
  });
}

type Operation = z.infer<typeof operation>;

function parametersOf(path: string, { parameters }: Operation): FieldShown[] {
  const told = parameters.map(({ name, in: place, required, description, schema: of }) => {
    const [field] = fieldsOf({ properties: { [name]: { ...of, description } } }, place);
    return field === undefined ? [] : [{ ...field, required: required || place === "path" }];
  });
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].flatMap(([, name]) =>
    name === undefined ? [] : [name],
  );
  const untold = inPath
    .filter((name) => !parameters.some((parameter) => parameter.name === name))
    .map((name) => ({ name, place: "path", type: "string", required: true, description: "" }));
  return [...untold, ...told.flat()];
}

function showOperation(method: string, path: string, of: Operation): OperationShown {
  const body = Object.values(of.requestBody?.content ?? {})[0]?.schema;
  const good = Object.entries(of.responses).find(([status]) => status.startsWith("2"))?.[1];
  const answer = Object.values(good?.content ?? {})[0]?.schema;
  return {
    id: anchor(`${method} ${path}`),
    method: method.toUpperCase(),
    path,
    summary: of.summary,
    who: of.description,
    parameters: parametersOf(path, of),
    body: body === undefined ? [] : fieldsOf(body, "body"),
    answer:
      answer === undefined ? null : { type: typeOf(answer), fields: fieldsOf(answer, "answer") },
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
      shown: showOperation(method, path, of),
    })),
  );
  // What only the operator may do comes last.
  const byTag = [...Map.groupBy(all, ({ tag }) => tag)].toSorted(
    ([a], [b]) => Number(a === "Admin") - Number(b === "Admin"),
  );
  const groups = byTag.map(([title, ofTag]) => ({
    id: anchor(title),
    title,
    operations: ofTag.map(({ shown }) => shown),
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
    fields: fieldsOf(of, "object"),
  }));
  return { groups, errors, objects };
}
