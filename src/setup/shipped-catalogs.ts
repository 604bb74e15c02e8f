import type { CatalogData } from "../catalog/index.ts";
import type { Config } from "../config.ts";

/** The catalogs that come with Farebox. They are loaded on first use: few requests need them. */
const SHIPPED = {
  default: () => import("../../dev/catalogs/default.ts"),
  saas: () => import("../../dev/catalogs/saas.ts"),
  credits: () => import("../../dev/catalogs/credits.ts"),
  conversations: () => import("../../dev/catalogs/conversations.ts"),
  characters: () => import("../../dev/catalogs/characters.ts"),
  design: () => import("../../dev/catalogs/design.ts"),
};
export type ShippedCatalog = keyof typeof SHIPPED;

export const SHIPPED_CATALOGS: readonly ShippedCatalog[] = [
  "default",
  "saas",
  "credits",
  "conversations",
  "characters",
  "design",
];

/**
 * Returns a shipped catalog. Its models are those of the operator's first upstream, where there is
 * none of the name that it comes with: the vendor's names of them are still to be filled in.
 */
export async function readShippedCatalog(
  { UPSTREAMS }: Pick<Config, "UPSTREAMS">,
  name: ShippedCatalog,
): Promise<CatalogData> {
  const { catalog } = await SHIPPED[name]();
  const [first] = Object.keys(UPSTREAMS);
  return {
    ...catalog,
    models: catalog.models.map((model) => ({
      ...model,
      upstream:
        [model.upstream, first].find((name = "") => Object.hasOwn(UPSTREAMS, name)) ?? "local",
    })),
  };
}
