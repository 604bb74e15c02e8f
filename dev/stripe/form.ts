import { invalid } from "./errors.ts";

/**
 * A form as nested objects. Lists are objects with numeric keys until a schema reads them as lists.
 */
export interface FormTree {
  [key: string]: string | FormTree;
}

// Without a prototype, a key such as `__proto__` is a key like any other.
const emptyTree = (): FormTree => Object.create(null);

/**
 * Parses `a[b][0]` to `["a", "b", "0"]` and `a[]` to `["a", ""]`. A name with unpaired brackets is
 * taken as it is.
 */
function parsePath(name: string): [string, ...string[]] {
  const match = /^([^[\]]+)((?:\[[^[\]]*\])*)$/.exec(name);
  const [, head = name, rest = ""] = match ?? [];
  return match === null
    ? [name]
    : [head, ...Array.from(rest.matchAll(/\[([^[\]]*)\]/g), ([, part = ""]) => part)];
}

/**
 * Parses `application/x-www-form-urlencoded` (a body or a query) as Stripe does.
 * @throws {ApiError} 400 if a name is used both as a value and as a hash
 */
export function parseForm(text: string): FormTree {
  const tree = emptyTree();
  for (const [name, value] of new URLSearchParams(text)) {
    const path = parsePath(name);
    let node = tree;
    for (const [depth, part] of path.entries()) {
      const key = part === "" && depth > 0 ? String(Object.keys(node).length) : part;
      const existing = node[key];
      if (depth === path.length - 1) {
        if (typeof existing === "object")
          throw invalid(`Invalid parameter: ${name} is given as a value and as a hash.`, name);
        node[key] = value;
      } else {
        if (typeof existing === "string")
          throw invalid(`Invalid parameter: ${name} is given as a value and as a hash.`, name);
        node = node[key] = existing ?? emptyTree();
      }
    }
  }
  return tree;
}
