import { env } from "cloudflare:workers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pageText, signUpVisitor } from "../support/browser.ts";
import { loadDefaultCatalog } from "../support/catalog.ts";

/** Deactivates the plans that match a condition. */
const deactivatePlans = (where: string) =>
  env.DB.exec(`update plans set is_active = 0 where ${where}`);

describe("a shop that sells nothing", () => {
  beforeAll(loadDefaultCatalog);
  afterAll(async () => {
    await env.DB.exec("update plans set is_active = 1");
  });

  it("has no buttons for buying", async () => {
    const { cookie } = await signUpVisitor();
    const shop = await pageText("/dashboard", { cookie });
    expect(shop).toContain("Add credits");
    expect(shop).toContain("Change plan");
    expect(await pageText("/credits", { cookie })).toContain("Buy Starter");

    await deactivatePlans("kind = 'one_time'");
    expect(await pageText("/dashboard", { cookie })).not.toContain("Add credits");
    expect(await pageText("/credits", { cookie })).not.toContain("Buy Starter");
    await deactivatePlans("kind = 'subscription'");
    expect(await pageText("/dashboard", { cookie })).not.toContain("Change plan");
  });
});
