import { describe, expect, it } from "vitest";
import { ar } from "../../src/pages/words/ar.ts";
import { figureOf, fillSignUpForm, payOnCheckoutPage } from "./support/steps.ts";
import { openWindow } from "./support/visit.ts";

describe("in Arabic, by the browser's setting", () => {
  it("a visitor signs up and buys, and every page stays in Arabic", async () => {
    const page = await openWindow({ locale: "ar-EG" });
    const direction = () => page.locator("html").getAttribute("dir");
    await page.goto("/");
    expect(await direction()).toBe("rtl");
    await page.getByRole("link", { name: ar.home.start }).click();
    await fillSignUpForm(page, {
      email: ar.sign.email,
      password: ar.sign.password,
      up: ar.sign.upButton,
    });
    await page.waitForURL("**/dashboard");
    await page.getByRole("link", { name: ar.overview.addCredits }).click();
    await page.getByRole("button", { name: ar.pricing.buy("البداية") }).click();
    await payOnCheckoutPage(page);
    await page.getByText(ar.success.added(100)).waitFor();
    expect(await direction()).toBe("rtl");
    await page.goto("/credits");
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe(ar.credits.title);
    expect(await figureOf(page, ar.credits.available).textContent()).toBe("100");
  });

  it("the language that a visitor chooses is kept", async () => {
    const page = await openWindow({ locale: "ar" });
    await page.goto("/pricing");
    await page.getByRole("link", { name: "English" }).click();
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("Pricing");
    await page.goto("/login");
    expect(await page.locator("html").getAttribute("dir")).toBe("ltr");
  });
});
