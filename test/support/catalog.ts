import { env } from "cloudflare:workers";
import { catalog } from "../../dev/catalogs/default.ts";
import { loadCatalog } from "../../src/catalog/index.ts";
import { database } from "../../src/db.ts";

/** Loads the default catalog. Call it in `beforeAll`; a second time changes nothing. */
export const loadDefaultCatalog = (): Promise<void> =>
  loadCatalog(database(env.DB), catalog, Date.now());
