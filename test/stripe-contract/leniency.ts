import { z } from "zod";
import type { Endpoint } from "../../dev/stripe/endpoint.ts";
import { findOperation } from "./operations.ts";
import { alternatives, nameOf, type Schema } from "./schemas.ts";

/** Removes what wraps a schema: what is left says what a caller may send. */
function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodReadonly
  )
    return unwrap(schema.def.innerType);
  if (schema instanceof z.ZodPipe)
    return unwrap(schema.def.in instanceof z.ZodTransform ? schema.def.out : schema.def.in);
  return schema instanceof z.ZodLazy ? unwrap(schema.def.getter()) : schema;
}

const isOptional = (schema: z.core.$ZodType): boolean => z.safeParse(schema, undefined).success;

function hashProblems(hash: z.ZodObject, type: Schema, path: string): string[] {
  const objects = alternatives(type).filter((one) => one.kind === "object");
  if (objects.length === 0) return [`${path}: takes a hash; Stripe takes ${nameOf(type)}`];
  const [only, ...more] = objects;
  return Object.entries(hash.shape).flatMap(([name, schema]) => {
    const full = path === "" ? name : `${path}.${name}`;
    const found = objects.map((object) => object.fields().get(name)).find((one) => one);
    if (found === undefined)
      return objects.some((object) => object.others() !== null)
        ? []
        : [`${full}: Stripe has no such parameter`];
    const isDemanded = more.length === 0 && only?.fields().get(name)?.isOptional === false;
    return [
      ...(isDemanded && isOptional(schema) ? [`${full}: Stripe demands it`] : []),
      ...schemaProblems(schema, found.schema, full),
    ];
  });
}

function wordProblems(words: readonly unknown[], type: Schema, path: string): string[] {
  const known = alternatives(type).flatMap((one) =>
    one.kind === "literal" ? [String(one.value)] : [],
  );
  const takesText = alternatives(type).some(({ kind }) => kind === "string" || kind === "boolean");
  if (known.length === 0)
    return takesText || alternatives(type).some(({ kind }) => kind === "number")
      ? []
      : [`${path}: takes ${words.join("|")}; Stripe takes ${nameOf(type)}`];
  return words
    .map(String)
    .filter((word) => word !== "" && !takesText && !known.includes(word))
    .map((word) => `${path}: takes ${word}, which Stripe does not`);
}

function schemaProblems(wrapped: z.core.$ZodType, type: Schema, path: string): string[] {
  const schema = unwrap(wrapped);
  const kinds = alternatives(type);
  if (kinds.some(({ kind }) => kind === "any")) return [];
  if (schema instanceof z.ZodUnion)
    return schema.options.flatMap((option) => schemaProblems(option, type, path));
  if (schema instanceof z.ZodObject) return hashProblems(schema, type, path);
  if (schema instanceof z.ZodArray) {
    const list = kinds.find((one) => one.kind === "array");
    return list === undefined
      ? [`${path}: takes a list; Stripe takes ${nameOf(type)}`]
      : schemaProblems(schema.element, list.of, `${path}[]`);
  }
  if (schema instanceof z.ZodEnum) return wordProblems(schema.options, type, path);
  if (schema instanceof z.ZodLiteral) return wordProblems([...schema.values], type, path);
  const isText = kinds.every(({ kind }) => ["array", "null", "object"].includes(kind));
  return schema instanceof z.ZodString && isText
    ? [`${path}: takes a text; Stripe takes ${nameOf(type)}`]
    : [];
}

/** Lists the parameters of a route of the local Stripe that Stripe does not take so. */
export function leniencyProblems({ method, path, params }: Endpoint): string[] {
  const where = `${method.toUpperCase()} ${path}`;
  const operation = findOperation(method.toUpperCase(), path.replaceAll(/:\w+/g, "x_1"));
  if (operation === undefined) return [`${where}: Stripe has no such operation`];
  const schema = unwrap(params);
  const problems =
    operation.params === null
      ? Object.keys(schema instanceof z.ZodObject ? schema.shape : {})
      : schemaProblems(params, operation.params, "");
  return problems.map((problem) => `${where} ${problem}`);
}
