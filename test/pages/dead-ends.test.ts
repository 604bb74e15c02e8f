import { env } from "cloudflare:workers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pageText, signUpVisitor } from "../support/browser.ts";
import { loadDefaultCatalog } from "../support/catalog.ts";

/** Sells nothing of a kind any more until the tests of this file go on. */
const offSale = (where: string) => env.DB.exec(`update plans set is_active = 0 where ${where}`);

describe("where nothing is sold", () => {
  beforeAll(loadDefaultCatalog);
  afterAll(async () => {
    await env.DB.exec("update plans set is_active = 1");
  });

  it("no button leads to buying it", async () => {
    const { cookie } = await signUpVisitor();
    const shop = await pageText("/dashboard", { cookie });
    expect(shop).toContain("Buy credits");
    expect(shop).toContain("Change plan");
    expect(await pageText("/credits", { cookie })).toContain("Credit packs");

    await offSale("kind = 'one_time'");
    expect(await pageText("/dashboard", { cookie })).not.toContain("Buy credits");
    expect(await pageText("/credits", { cookie })).not.toContain("Credit packs");
    await offSale("kind = 'subscription'");
    expect(await pageText("/dashboard", { cookie })).not.toContain("Change plan");
  });
});
