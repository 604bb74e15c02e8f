/** The front door of brand: the name, colors and addresses that customers see. See README.md. */

export { accentSheetPath } from "./accent-sheet.ts";
export { assetRoutes } from "./asset-routes.ts";
export { type Brand, supportHref } from "./brand.ts";
export { brandPatch, parseAccent } from "./brand-patch.ts";
export { accentColor } from "./icon.ts";
export { loadBrand } from "./load-brand.ts";
export { brandRoutes } from "./routes.ts";
export { readChoices } from "./store.ts";
export { updateBrand } from "./update-brand.ts";
export { brandToAdminView, showBrandToAdmin } from "./wire.ts";
