import { describe, expect, it } from "vitest";
import { figureOf, fillSignUpForm, payOnCheckoutPage, signOut } from "./support/steps.ts";
import { openWindow } from "./support/visit.ts";

describe("without JavaScript", () => {
  it("a visitor signs up, buys, sees the credits, makes a key and signs out", async () => {
    const page = await openWindow({ javaScriptEnabled: false });
    await page.goto("/pricing");
    await page.getByRole("button", { name: "Buy Starter" }).click();
    await fillSignUpForm(page);
    await page.getByRole("button", { name: "Buy Starter" }).click();
    await payOnCheckoutPage(page);
    await page.getByText("100 credits added").waitFor();
    await page.goto("/credits");
    expect(await figureOf(page, "Available").textContent()).toBe("100");
    expect(
      await page.getByRole("row").filter({ hasText: "Starter" }).first().textContent(),
    ).toContain("100");

    await page.goto("/keys");
    await page.getByLabel("Name", { exact: true }).fill("by hand");
    await page.getByRole("button", { name: "Create API key" }).click();
    expect(await page.getByText(/^sk_[0-9a-f]{64}$/).count()).toBe(1);

    await signOut(page);
    await page.getByRole("link", { name: "Sign in", exact: true }).waitFor();
  });

  it("no page shows a button that would do nothing", async () => {
    const page = await openWindow({ javaScriptEnabled: false });
    for (const path of ["/", "/pricing", "/login"]) {
      await page.goto(path);
      expect(await page.locator("[data-needs-script]:visible").count()).toBe(0);
    }
  });
});
