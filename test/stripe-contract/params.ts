import type { FormTree } from "./form.ts";
import { alternatives, nameOf, type ObjectSchema, type Schema } from "./schemas.ts";

const DECIMAL = /^-?\d+(\.\d+)?$/;

function fitsText(text: string, schema: Schema): boolean {
  return alternatives(schema).some((one) => {
    switch (one.kind) {
      case "string":
        return true;
      case "null":
        return text === "";
      case "literal":
        return String(one.value) === text;
      case "decimal":
      case "number":
        return DECIMAL.test(text);
      case "boolean":
        return text === "true" || text === "false";
      case "any":
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

const under = (path: string, name: string): string => (path === "" ? name : `${path}.${name}`);

function fieldProblems(tree: FormTree, schema: ObjectSchema, path: string): string[] {
  const fields = schema.fields();
  const others = schema.others();
  const ofGiven = Object.entries(tree).flatMap(([name, value]) => {
    const field = fields.get(name)?.schema ?? others;
    return field === null
      ? [`${under(path, name)}: Stripe has no such parameter`]
      : paramProblems(value, field, under(path, name));
  });
  const missing = [...fields]
    .filter(([name, { isOptional }]) => !isOptional && !Object.hasOwn(tree, name))
    .map(([name]) => `${under(path, name)}: is missing`);
  return [...ofGiven, ...missing];
}

/** Lists what is wrong with a parameter, by the type that Stripe declares for it. */
export function paramProblems(value: string | FormTree, schema: Schema, path = ""): string[] {
  const kinds = alternatives(schema);
  if (kinds.some(({ kind }) => kind === "any")) return [];
  if (typeof value === "string") {
    if (fitsText(value, schema)) return [];
    return [`${path}: is ${JSON.stringify(value.slice(0, 40))} and has to be ${nameOf(schema)}`];
  }
  const isList = Object.keys(value).every((name) => /^\d+$/.test(name));
  const list = kinds.find((one) => one.kind === "array");
  if (list !== undefined && isList)
    return Object.values(value).flatMap((item) => paramProblems(item, list.of, `${path}[]`));
  const objects = kinds.filter((one) => one.kind === "object");
  if (objects.length === 0) return [`${path}: is a hash and has to be ${nameOf(schema)}`];
  return leastOf(objects.map((object) => fieldProblems(value, object, path)));
}

/** Of several types that a value may be meant for, it is held against the nearest. */
export const leastOf = (lists: readonly string[][]): string[] =>
  lists.toSorted((a, b) => a.length - b.length)[0] ?? [];
