import { invalid } from "./errors.ts";

/**
 * A form as nested objects. Lists are objects with number keys until a schema says that they are
 * lists.
 */
export interface FormTree {
  [key: string]: string | FormTree;
}

// No prototype: a key such as `__proto__` is then a key like any other.
const branch = (): FormTree => Object.create(null);

/**
 * `a[b][0]` → `["a", "b", "0"]`; `a[]` → `["a", ""]`. A name whose brackets do not pair is taken as
 * it stands.
 */
function pathOf(name: string): [string, ...string[]] {
  const match = /^([^[\]]+)((?:\[[^[\]]*\])*)$/.exec(name);
  const [, head = name, rest = ""] = match ?? [];
  return match === null
    ? [name]
    : [head, ...Array.from(rest.matchAll(/\[([^[\]]*)\]/g), ([, part = ""]) => part)];
}

/**
 * Reads `application/x-www-form-urlencoded` (a body or a query) as Stripe does.
 * @throws {ApiError} 400 where a name is used both as a value and as a hash
 */
export function parseForm(text: string): FormTree {
  const tree = branch();
  for (const [name, value] of new URLSearchParams(text)) {
    const path = pathOf(name);
    let at = tree;
    for (const [depth, part] of path.entries()) {
      const key = part === "" && depth > 0 ? String(Object.keys(at).length) : part;
      const there = at[key];
      if (depth === path.length - 1) {
        if (typeof there === "object")
          throw invalid(`Invalid parameter: ${name} is given as a value and as a hash.`, name);
        at[key] = value;
      } else {
        if (typeof there === "string")
          throw invalid(`Invalid parameter: ${name} is given as a value and as a hash.`, name);
        at = at[key] = there ?? branch();
      }
    }
  }
  return tree;
}
