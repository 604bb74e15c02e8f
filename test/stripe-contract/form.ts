/** A form's fields as nested objects. The items of a list are named 0, 1, 2 … */
export interface FormTree {
  [name: string]: string | FormTree;
}

/** Parses `a[b][0]=c` as Stripe does. */
export function parseFields(text: string): FormTree {
  const tree: FormTree = {};
  for (const [name, value] of new URLSearchParams(text)) {
    const [, head = name, rest = ""] = /^([^[\]]+)((?:\[[^[\]]*\])*)$/.exec(name) ?? [];
    const path = [head, ...Array.from(rest.matchAll(/\[([^[\]]*)\]/g), ([, part = ""]) => part)];
    let at = tree;
    for (const [depth, part] of path.entries()) {
      const key = part === "" ? String(Object.keys(at).length) : part;
      if (depth === path.length - 1) {
        at[key] = value;
        break;
      }
      const inner = at[key];
      const next: FormTree = typeof inner === "object" ? inner : {};
      at[key] = next;
      at = next;
    }
  }
  return tree;
}

/** Lists every hash of metadata in a form, however deep. */
export function metadataIn(tree: FormTree): FormTree[] {
  return Object.entries(tree).flatMap(([name, value]) => {
    if (typeof value !== "object") return [];
    return [...(name === "metadata" ? [value] : []), ...metadataIn(value)];
  });
}
