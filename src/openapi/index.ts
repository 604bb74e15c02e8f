import type { Schema } from "hono/types";
import { router } from "../http/factory.ts";
import type { Wire } from "./wire-routes.ts";

/**
 * `/openapi.json`: the wire, described from what runs.
 * @param wire the app whose routes are described
 */
export const openApiRoutes = <S extends Schema>(wire: Wire<S>) => {
  let described: object | undefined;
  return router().get("/openapi.json", async (c) => {
    // Loaded when first asked for: hardly anybody does, and it would make every Worker start later.
    const { describeWire } = await import("./document.ts");
    described ??= await describeWire(wire, c.var.ctx.config.PUBLIC_URL);
    return c.json(described);
  });
};
