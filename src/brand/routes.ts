import { describeRoute } from "../http/describe-route.ts";
import { router } from "../http/factory.ts";
import { loadBrand } from "./load-brand.ts";
import { brandView, showBrand } from "./wire.ts";

/** `/api/brand`: the operator's name, colors and addresses, for everybody. */
export const brandRoutes = router().get(
  "/",
  describeRoute("Returns the operator's name, logo, colors and addresses.", brandView, []),
  async (c) => c.json(showBrand(await loadBrand(c.var.ctx))),
);
