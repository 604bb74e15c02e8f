import { env } from "cloudflare:workers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { textOf, visitor } from "../support/browser.ts";
import { haveCatalog } from "../support/catalog.ts";

/** Sells nothing of a kind any more until the tests of this file go on. */
const offSale = (where: string) => env.DB.exec(`update plans set is_active = 0 where ${where}`);

describe("where nothing is sold", () => {
  beforeAll(haveCatalog);
  afterAll(async () => {
    await env.DB.exec("update plans set is_active = 1");
  });

  it("no button leads to buying it", async () => {
    const { cookie } = await visitor();
    const shop = await textOf("/dashboard", { cookie });
    expect(shop).toContain("Buy credits");
    expect(shop).toContain("Change plan");
    expect(await textOf("/credits", { cookie })).toContain("Credit packs");

    await offSale("kind = 'one_time'");
    expect(await textOf("/dashboard", { cookie })).not.toContain("Buy credits");
    expect(await textOf("/credits", { cookie })).not.toContain("Credit packs");
    await offSale("kind = 'subscription'");
    expect(await textOf("/dashboard", { cookie })).not.toContain("Change plan");
  });
});
