import { foldName } from "../chat/index.ts";
import { fail, ok, type Result } from "../errors.ts";
import type { Upstream } from "../upstream/index.ts";
import type { Json } from "./task.ts";

const PARAM_CHARACTERS_MAX = 200;

/**
 * Returns the fields of a request that are passed on to its vendor: the known ones, and those that
 * the operator lets through. Null asks for nothing and is left out.
 * @returns `invalid_request` for any other, and for a name that a vendor's decoder may take for a
 *   known one
 */
export function keepKnownFields(
  fields: Json,
  known: readonly string[],
  { coveredFields, passFields }: Pick<Upstream, "coveredFields" | "passFields">,
): Result<Json> {
  const passed = new Set([...known, ...coveredFields, ...passFields]);
  const meant = new Map(known.map((name) => [foldName(name), name]));
  for (const [name, value] of Object.entries(fields)) {
    if (known.includes(name) || value === null) continue;
    const param = name.slice(0, PARAM_CHARACTERS_MAX);
    const lookalike = meant.get(foldName(name));
    if (lookalike !== undefined)
      return fail("invalid_request", `${param}: isn't a field. Did you mean ${lookalike}?`, {
        param,
      });
    if (!passed.has(name))
      return fail(
        "invalid_request",
        `${param}: isn't supported, so leave it out. The operator can allow it with ` +
          '"passFields" of the upstream.',
        { param },
      );
  }
  return ok(
    Object.fromEntries(
      Object.entries(fields).filter(([name, value]) => passed.has(name) && value !== null),
    ),
  );
}
