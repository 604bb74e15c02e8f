import type { Operation } from "./operations.ts";
import { alternatives, type FieldSchema, type Schema } from "./schemas.ts";

const DEPTH_MAX = 4;

/** Finds a field in whichever object a value may be. */
function findField(schema: Schema, name: string): FieldSchema | undefined {
  for (const one of alternatives(schema)) {
    const field = one.kind === "object" ? one.fields().get(name) : undefined;
    if (field !== undefined) return field;
  }
  return undefined;
}

/** Whether Stripe sends a field as an id, or not at all, unless it is to be expanded. */
const isExpandable = ({ schema, isOptional }: FieldSchema): boolean => {
  const kinds = alternatives(schema).map(({ kind }) => kind);
  return isOptional || (kinds.includes("string") && kinds.includes("object"));
};

/**
 * Returns why a path cannot be expanded in an answer, or null.
 * https://docs.stripe.com/api/expanding_objects
 */
export function expansionProblem(path: string, { answer }: Operation): string | null {
  const parts = path.split(".");
  if (parts.length > DEPTH_MAX) return `expand ${path}: is deeper than four levels`;
  let at = answer;
  for (const [index, part] of parts.entries()) {
    const field: FieldSchema | undefined = at === null ? undefined : findField(at, part);
    if (field === undefined) return `expand ${path}: there is no ${part}`;
    if (index === parts.length - 1)
      return isExpandable(field) ? null : `expand ${path}: ${part} is always sent`;
    const list = alternatives(field.schema).find((one) => one.kind === "array");
    at = list?.of ?? field.schema;
  }
  return null;
}
