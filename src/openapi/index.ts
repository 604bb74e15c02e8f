import type { Schema } from "hono/types";
import type { OpenAPIV3_1 } from "openapi-types";
import { type Brand, loadBrand } from "../brand/index.ts";
import { router } from "../http/factory.ts";
import type { Wire } from "./wire-routes.ts";

/** Returns the head of the document: the operator's name, support and terms. */
function describeOperator(
  { name, support, terms }: Brand,
  origin: string,
): Pick<OpenAPIV3_1.InfoObject, "title" | "contact" | "termsOfService"> {
  return {
    title: name,
    ...(support === null
      ? {}
      : { contact: /^https?:/i.test(support) ? { url: support } : { email: support } }),
    ...(terms === null ? {} : { termsOfService: new URL(terms, origin).href }),
  };
}

/**
 * `/openapi.json`: the wire, described from what runs.
 * @param wire the app whose routes are described
 */
export const openApiRoutes = <S extends Schema>(wire: Wire<S>) => {
  let described: OpenAPIV3_1.Document | undefined;
  return router().get("/openapi.json", async (c) => {
    // Loaded when first asked for: hardly anybody does, and it would make every Worker start later.
    const { describeWire } = await import("./document.ts");
    const { PUBLIC_URL } = c.var.ctx.config;
    described ??= await describeWire(wire, PUBLIC_URL);
    // The document is made once, and the brand may change.
    const operator = describeOperator(await loadBrand(c.var.ctx), PUBLIC_URL);
    return c.json({ ...described, info: { ...described.info, ...operator } });
  });
};
