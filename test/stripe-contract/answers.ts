import { leastOf } from "./params.ts";
import { alternatives, nameOf, type ObjectSchema, type Schema } from "./schemas.ts";

const DECIMAL = /^-?\d+(\.\d+)?$/;
/** Objects refer to each other: deeper than this nothing is sent. */
const DEPTH_MAX = 40;

function fits(value: unknown, schema: Schema): boolean {
  return alternatives(schema).some((one) => {
    switch (one.kind) {
      case "any":
        return true;
      case "literal":
        return one.value === value;
      case "decimal":
        return typeof value === "string" && DECIMAL.test(value);
      case "null":
        return value === null;
      case "string":
      case "number":
      case "boolean":
        return typeof value === one.kind;
      case "array":
      case "never":
      case "object":
      case "open":
        return false;
      default:
        return one satisfies never;
    }
  });
}

const isHash = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function fieldProblems(
  value: Readonly<Record<string, unknown>>,
  schema: ObjectSchema,
  path: string,
  depth: number,
): string[] {
  const fields = schema.fields();
  const problems: string[] = [];
  for (const [name, field] of Object.entries(value)) {
    const known = fields.get(name)?.schema ?? schema.others();
    if (known === null) problems.push(`${path}.${name}: Stripe sends no such field`);
    else problems.push(...answerProblems(field, known, `${path}.${name}`, depth + 1));
  }
  for (const [name, { isOptional }] of fields)
    if (!isOptional && !Object.hasOwn(value, name)) problems.push(`${path}.${name}: is missing`);
  return problems;
}

/** Whether a type is of objects that name themselves so: `"object": "charge"`. */
function isNamed(schema: ObjectSchema, name: unknown): boolean {
  const field = schema.fields().get("object")?.schema;
  return (
    field !== undefined &&
    alternatives(field).some((one) => one.kind === "literal" && one.value === name)
  );
}

/** Lists what is wrong with a value of an answer, by the type that Stripe declares for it. */
export function answerProblems(value: unknown, schema: Schema, path: string, depth = 0): string[] {
  const kinds = alternatives(schema);
  if (depth > DEPTH_MAX) return [];
  const wrong = (what: string) => [`${path}: is ${what} and has to be ${nameOf(schema)}`];
  if (!isHash(value) && !Array.isArray(value))
    return fits(value, schema) ? [] : wrong((JSON.stringify(value) ?? "nothing").slice(0, 60));
  if (kinds.some(({ kind }) => kind === "any")) return [];
  if (Array.isArray(value)) {
    const list = kinds.find((one) => one.kind === "array");
    return list === undefined
      ? wrong("a list")
      : value.flatMap((item) => answerProblems(item, list.of, `${path}[]`, depth + 1));
  }
  const objects = kinds.filter((one) => one.kind === "object");
  if (objects.length === 0) return wrong("an object");
  const named = objects.filter((one) => isNamed(one, value["object"]));
  const [only, ...others] = named.length > 0 ? named : objects;
  if (only !== undefined && others.length === 0) return fieldProblems(value, only, path, depth);
  const candidates = named.length > 0 ? named : objects;
  return leastOf(candidates.map((object) => fieldProblems(value, object, path, depth)));
}
