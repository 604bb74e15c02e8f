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

/** Reads such a schema. */
export const jsonSchema: z.ZodType<JsonSchema> = z.lazy(() =>
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
    items: jsonSchema.optional(),
    properties: z.record(z.string(), jsonSchema).optional(),
    required: z.array(z.string()).optional(),
    anyOf: z.array(jsonSchema).optional(),
    oneOf: z.array(jsonSchema).optional(),
    description: z.string().optional(),
  }),
);

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

/**
 * Splits a type into text and names of objects, which take turns. A name begins with a capital, and
 * is not a part of a value, which is quoted.
 */
export const splitType = (type: string): string[] =>
  type.split(/(?<![\w"-])([A-Z][A-Za-z]+)(?![\w"-])/);
