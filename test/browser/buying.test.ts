import { describe, expect, it } from "vitest";
import { figureOf, fillSignUpForm, payOnCheckoutPage } from "./support/steps.ts";
import { openWindow } from "./support/visit.ts";

describe("from the front page to credits", () => {
  it("a visitor signs up, buys on Stripe's page, returns, and sees the credits", async () => {
    const page = await openWindow();
    await page.goto("/");
    await page.getByRole("link", { name: "Start free" }).click();
    await fillSignUpForm(page);
    await page.waitForURL("**/dashboard");
    await page.getByRole("link", { name: "Add credits" }).click();
    await page.getByRole("button", { name: "Buy Starter" }).click();
    await payOnCheckoutPage(page);
    await page.getByText("100 credits added").waitFor();
    expect(await page.getByRole("main").textContent()).toContain("Starter");

    await page.getByRole("link", { name: "Continue" }).click();
    expect(await figureOf(page, "Credit balance").textContent()).toBe("100");

    await page
      .getByRole("navigation", { name: "Dashboard" })
      .getByRole("link", { name: "Credits" })
      .click();
    const line = page.getByRole("row").filter({ hasText: "Starter" }).first();
    expect(await line.getByRole("cell").allTextContents()).toEqual([
      expect.any(String),
      "Starter",
      "+100",
      "100",
    ]);
  });

  it("a buyer who leaves Stripe's page reads that nothing was charged, and can go on", async () => {
    const page = await openWindow();
    await page.goto("/signup?next=/pricing");
    await fillSignUpForm(page);
    await page.getByRole("button", { name: "Buy Starter" }).click();
    await page.getByRole("link", { name: "Back" }).click();
    expect(await page.getByRole("main").textContent()).toContain("You weren't charged.");
    await page.getByRole("link", { name: "Back to pricing" }).click();
    expect(new URL(page.url()).pathname).toBe("/pricing");
  });
});
