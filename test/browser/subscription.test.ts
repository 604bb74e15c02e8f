import { describe, expect, inject, it } from "vitest";
import { newPerson } from "../journeys/support/person.ts";
import { payOnCheckoutPage, reloadUntil } from "./support/steps.ts";
import { openWindow } from "./support/visit.ts";

const { url } = inject("stack");

describe("a subscription", () => {
  it("is bought, upgraded, canceled at the period's end, and resumed, on pages alone", async () => {
    const { email, refreshToken } = await newPerson(url);
    const page = await openWindow({ as: { refreshToken } });
    const plan = page.locator("section", {
      has: page.getByRole("heading", { name: "Your plan", exact: true }),
    });

    await page.goto("/pricing");
    await page.getByRole("button", { name: "Choose Pro" }).click();
    await payOnCheckoutPage(page, email);
    await page.getByText("It is yours").waitFor();
    await page.getByRole("link", { name: "Go on" }).click();
    await reloadUntil(page, plan.getByText("Pro", { exact: true }));
    expect(await plan.textContent()).toContain("Free until");

    await plan.getByRole("link", { name: "Change plan" }).click();
    await page.getByRole("link", { name: "Yearly" }).click();
    await page.getByRole("button", { name: "Choose Business" }).click();
    // Max bills for use beyond its allowance, which Stripe's page could not add. The change is made
    // on our page, which says so.
    await page.getByText("then $0.02 each (up to 1,000 more)").waitFor();
    await page.getByRole("button", { name: "Change now" }).click();
    await page.waitForURL("**/dashboard");
    await reloadUntil(page, plan.getByText("Business", { exact: true }));
    expect(await plan.textContent()).toContain("Renews");

    await plan.getByRole("button", { name: "Cancel at the end of the period" }).click();
    await plan.getByText("Ends").waitFor();
    await plan.getByRole("button", { name: "Keep it" }).click();
    await plan.getByText("Renews").waitFor();
    expect(await plan.textContent()).toContain("Business");

    await plan.getByRole("button", { name: "Manage billing" }).click();
    await page.getByRole("heading", { name: "Billing" }).waitFor();
    await page.getByRole("link", { name: /^(Back|Return)/ }).click();
    await page.waitForURL("**/dashboard");
  });
});
