import { describe, expect, it } from "vitest";
import { fillSignUpForm, payOnCheckoutPage } from "./support/steps.ts";
import { openWindow } from "./support/visit.ts";

describe("without JavaScript", () => {
  it("a visitor signs up, buys, sees the credits, makes a key and signs out", async () => {
    const page = await openWindow({ javaScriptEnabled: false });
    await page.goto("/pricing");
    await page.getByRole("button", { name: "Buy Starter" }).click();
    await fillSignUpForm(page);
    await page.getByRole("button", { name: "Buy Starter" }).click();
    await payOnCheckoutPage(page);
    await page.getByText("It is yours").waitFor();
    await page.goto("/credits");
    expect(
      await page.locator("section", { hasText: "To spend" }).locator(".figure").textContent(),
    ).toBe("100");
    expect(
      await page.getByRole("row").filter({ hasText: "Starter" }).first().textContent(),
    ).toContain("100");

    await page.goto("/keys");
    await page.getByLabel("What it is for").fill("by hand");
    await page.getByRole("button", { name: "Make a key" }).click();
    expect(await page.getByText(/^sk_[0-9a-f]{64}$/).count()).toBe(1);

    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("link", { name: "Sign in" }).waitFor();
  });

  it("no page shows a button that would do nothing", async () => {
    const page = await openWindow({ javaScriptEnabled: false });
    for (const path of ["/", "/pricing", "/login"]) {
      await page.goto(path);
      expect(await page.locator("[data-needs-script]:visible").count()).toBe(0);
    }
  });
});
