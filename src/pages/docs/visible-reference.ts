import type { GroupDoc, ObjectDoc, Reference } from "./reference.ts";
import { type FieldDoc, splitType } from "./schema.ts";

/** The group of the operator's routes. */
const ADMIN_GROUP = "admin";

const namesIn = (type: string): string[] => splitType(type).filter((_, index) => index % 2 === 1);
const namesInFields = (fields: readonly FieldDoc[]): string[] =>
  fields.flatMap(({ type }) => namesIn(type));

const namesInGroup = ({ operations }: GroupDoc): string[] =>
  operations.flatMap(({ parameters, body, response }) => [
    ...namesInFields([...parameters, ...body, ...(response?.fields ?? [])]),
    ...namesIn(response?.type ?? ""),
  ]);

/** Returns the named objects, and all that they are made of, in the reference's order. */
function withParts(names: readonly string[], objects: readonly ObjectDoc[]): ObjectDoc[] {
  const found = new Set<string>();
  const pending = [...names];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    const object = objects.find((candidate) => candidate.name === name);
    pending.push(...namesInFields(object?.fields ?? []));
  }
  return objects.filter(({ name }) => found.has(name));
}

/** Returns what a reader sees of the reference: the operator's routes are for operators. Pure. */
export function visibleReference(reference: Reference, isAdmin: boolean): Reference {
  if (isAdmin) return reference;
  const groups = reference.groups.filter(({ id }) => id !== ADMIN_GROUP);
  return {
    ...reference,
    groups,
    objects: withParts(groups.flatMap(namesInGroup), reference.objects),
  };
}

/** Returns the objects of a group's requests and answers. Pure. */
export const objectsOf = (group: GroupDoc, { objects }: Reference): ObjectDoc[] =>
  withParts(namesInGroup(group), objects);

const includesAll = (text: string, words: readonly string[]): boolean =>
  words.every((word) => text.toLowerCase().includes(word));

const textOf = (fields: readonly FieldDoc[]): string =>
  fields.map(({ name, description }) => `${name} ${description}`).join(" ");

/**
 * Finds the operations and objects that a query's words all occur in: in a path, a summary, the
 * name of a field or its description. Pure.
 */
export function searchReference({ groups, objects }: Reference, query: string) {
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  if (words.length === 0) return { operations: [], objects: [] };
  const operations = groups.flatMap((group) =>
    group.operations
      .filter(({ method, path, summary, parameters, body, response }) =>
        includesAll(
          `${method} ${path} ${group.title} ${summary} ` +
            textOf([...parameters, ...body, ...(response?.fields ?? [])]),
          words,
        ),
      )
      .map((operation) => ({ group, operation })),
  );
  return {
    // What has the words in its path or summary comes first.
    operations: operations.toSorted(
      (a, b) =>
        Number(includesAll(`${b.operation.path} ${b.operation.summary}`, words)) -
        Number(includesAll(`${a.operation.path} ${a.operation.summary}`, words)),
    ),
    objects: objects.filter(({ name, fields }) => includesAll(`${name} ${textOf(fields)}`, words)),
  };
}
