import type { TSLiteralType, TSPropertySignature, TSSignature, TSType } from "oxc-parser";
import { type FoundType, findType, nameParts, type Scope } from "./scopes.ts";

/** A field of an object: its type, and whether it may be absent. */
export interface FieldSchema {
  readonly schema: Schema;
  readonly isOptional: boolean;
}

/** An object. Its fields are read when asked for, since types of Stripe refer to each other. */
export interface ObjectSchema {
  readonly kind: "object";
  readonly name: string;
  readonly fields: () => ReadonlyMap<string, FieldSchema>;
  /** The type of all further fields; null where there are none. */
  readonly others: () => Schema | null;
}

/**
 * A type of Stripe's. `open`: an enum that may grow; `decimal`: a number as text; `never`: a field
 * that is not sent.
 */
export type Schema =
  | { readonly kind: "any" | "boolean" | "decimal" | "never" | "null" | "number" }
  | { readonly kind: "open" | "string" }
  | { readonly kind: "literal"; readonly value: string | number | boolean }
  | { readonly kind: "union"; readonly of: readonly Schema[] }
  | { readonly kind: "array"; readonly of: Schema }
  | ObjectSchema;

const UNKNOWN: Schema = { kind: "any" };
const known = new WeakMap<object, Schema>();

function lazy<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

const nameOfField = ({ key }: TSPropertySignature): string | null =>
  key.type === "Identifier"
    ? key.name
    : key.type === "Literal" && typeof key.value === "string"
      ? key.value
      : null;

function fieldsOf(signatures: readonly TSSignature[], scope: Scope): Map<string, FieldSchema> {
  const fields = new Map<string, FieldSchema>();
  for (const signature of signatures) {
    if (signature.type !== "TSPropertySignature" || signature.typeAnnotation === null) continue;
    const name = nameOfField(signature);
    if (name === null) continue;
    const { typeAnnotation } = signature.typeAnnotation;
    fields.set(name, { schema: schemaOf(typeAnnotation, scope), isOptional: signature.optional });
  }
  return fields;
}

function othersOf(signatures: readonly TSSignature[], scope: Scope): Schema | null {
  const index = signatures.find((signature) => signature.type === "TSIndexSignature");
  return index === undefined ? null : schemaOf(index.typeAnnotation.typeAnnotation, scope);
}

/** Returns the schema of a type that was found by its name. */
export function schemaOfFound({ node, scope }: FoundType): Schema {
  const before = known.get(node);
  if (before !== undefined) return before;
  if (node.type === "TSTypeAliasDeclaration") {
    const schema = schemaOf(node.typeAnnotation, scope);
    known.set(node, schema);
    return schema;
  }
  const bases = lazy(() =>
    node.extends.flatMap(({ expression }) => {
      const parts = expression.type === "Identifier" ? [expression.name] : memberParts(expression);
      const schema = schemaOfFound(requireType(scope, parts));
      return schema.kind === "object" ? [schema] : [];
    }),
  );
  const schema: ObjectSchema = {
    kind: "object",
    name: node.id.name,
    fields: lazy(
      () =>
        new Map([
          ...bases().flatMap((base) => [...base.fields()]),
          ...fieldsOf(node.body.body, scope),
        ]),
    ),
    others: lazy(() => othersOf(node.body.body, scope)),
  };
  known.set(node, schema);
  return schema;
}

/** Returns the parts of `A.B`, which in `extends` is an expression. */
function memberParts(expression: { type: string; object?: unknown; property?: unknown }): string[] {
  const nameOf = (value: unknown): string[] => {
    if (typeof value !== "object" || value === null || !("type" in value)) return [];
    if (value.type === "Identifier" && "name" in value) return [String(value.name)];
    return "object" in value && "property" in value
      ? [...nameOf(value.object), ...nameOf(value.property)]
      : [];
  };
  return nameOf(expression);
}

function schemaOfReference(
  parts: readonly string[],
  args: readonly TSType[],
  scope: Scope,
): Schema {
  const [argument] = args;
  const name = parts.at(-1);
  if (name === "Decimal") return { kind: "decimal" };
  if (name === "OtherString") return { kind: "open" };
  if (argument !== undefined) {
    const of = schemaOf(argument, scope);
    if (name === "Array") return { kind: "array", of };
    if (name === "Emptyable")
      return { kind: "union", of: [{ kind: "null" }, { kind: "literal", value: "" }, of] };
    return name === "ApiList" ? listOf(of) : UNKNOWN;
  }
  return schemaOfFound(requireType(scope, parts));
}

/** A name that nothing declares would otherwise let everything pass. */
function requireType(scope: Scope, parts: readonly string[]): FoundType {
  const found = findType(scope, parts);
  if (found === undefined) throw new Error(`${scope.file} does not declare ${parts.join(".")}`);
  return found;
}

/** Returns the schema of a page of a list. */
export const listOf = (of: Schema): ObjectSchema => ({
  kind: "object",
  name: "list",
  fields: lazy(
    () =>
      new Map<string, FieldSchema>([
        ["object", { schema: { kind: "literal", value: "list" }, isOptional: false }],
        ["data", { schema: { kind: "array", of }, isOptional: false }],
        ["has_more", { schema: { kind: "boolean" }, isOptional: false }],
        ["url", { schema: { kind: "string" }, isOptional: false }],
      ]),
  ),
  others: () => null,
});

const KEYWORDS: ReadonlyMap<string, Schema> = new Map<string, Schema>([
  ["TSStringKeyword", { kind: "string" }],
  ["TSNumberKeyword", { kind: "number" }],
  ["TSBigIntKeyword", { kind: "number" }],
  ["TSBooleanKeyword", { kind: "boolean" }],
  ["TSNullKeyword", { kind: "null" }],
  ["TSVoidKeyword", { kind: "never" }],
]);

function schemaOfLiteral({ literal }: TSLiteralType): Schema {
  const value = "value" in literal ? literal.value : null;
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? { kind: "literal", value }
    : UNKNOWN;
}

/** Returns the schema of a type as it is written. */
export function schemaOf(node: TSType, scope: Scope): Schema {
  const keyword = KEYWORDS.get(node.type);
  if (keyword !== undefined) return keyword;
  if (node.type === "TSUnionType")
    return { kind: "union", of: node.types.map((type) => schemaOf(type, scope)) };
  if (node.type === "TSArrayType") return { kind: "array", of: schemaOf(node.elementType, scope) };
  if (node.type === "TSLiteralType") return schemaOfLiteral(node);
  if (node.type === "TSTypeLiteral")
    return {
      kind: "object",
      name: "{…}",
      fields: lazy(() => fieldsOf(node.members, scope)),
      others: lazy(() => othersOf(node.members, scope)),
    };
  return node.type === "TSTypeReference"
    ? schemaOfReference(nameParts(node.typeName), node.typeArguments?.params ?? [], scope)
    : UNKNOWN;
}

/** A type that is not one of several. */
type Alternative = Exclude<Schema, { kind: "union" }>;

const flattened = new WeakMap<Schema, readonly Alternative[]>();

/** Returns the types of which a value may be any. */
export function alternatives(schema: Schema): readonly Alternative[] {
  const before = flattened.get(schema);
  if (before !== undefined) return before;
  const flat = schema.kind === "union" ? schema.of.flatMap(alternatives) : [schema];
  flattened.set(schema, flat);
  return flat;
}

/** Names a type, for a message: `"paid"|"unpaid"|null`. */
export const nameOf = (schema: Schema): string =>
  alternatives(schema)
    .slice(0, 8)
    .map((one) =>
      one.kind === "literal"
        ? JSON.stringify(one.value)
        : one.kind === "object"
          ? one.name
          : one.kind,
    )
    .join("|");
