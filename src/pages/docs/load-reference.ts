import type { WireHandler } from "../api.ts";
import type { PageContext } from "../context.ts";
import { type Reference, readReference } from "./reference.ts";

/**
 * Returns the loader of the reference, which is read from `/openapi.json` in the same process. The
 * routes do not change while a Worker runs, so it is read once.
 */
export function createReferenceLoader(handleWire: WireHandler) {
  let reference: Reference | undefined;
  return async (c: PageContext): Promise<Reference> => {
    if (reference !== undefined) return reference;
    const response = await handleWire(
      new Request(new URL("/openapi.json", c.req.url)),
      c.env,
      c.executionCtx,
    );
    return (reference ??= readReference(await response.json()));
  };
}
