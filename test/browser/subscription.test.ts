import { describe, expect, inject, it } from "vitest";
import { newPerson } from "../journeys/support/person.ts";
import { confirmAction, payOnCheckoutPage, reloadUntil } from "./support/steps.ts";
import { openWindow } from "./support/visit.ts";

const { url } = inject("stack");

describe("a subscription", () => {
  it("is bought, upgraded, canceled at the period's end, and resumed, on pages alone", async () => {
    const { email, refreshToken } = await newPerson(url);
    const page = await openWindow({ as: { refreshToken } });
    const plan = page.getByRole("main");

    await page.goto("/pricing");
    await page.getByRole("button", { name: "Start 14-day trial" }).click();
    await payOnCheckoutPage(page, email);
    await page.getByText("Pro is ready").waitFor();
    await page.getByRole("link", { name: "Continue" }).click();
    await reloadUntil(page, plan.getByText("Pro", { exact: true }));
    expect(await plan.textContent()).toContain("Free trial until");

    await plan.getByRole("link", { name: "Change plan" }).click();
    await page.getByRole("link", { name: "Yearly" }).click();
    await page.getByRole("link", { name: "Switch to Business" }).click();
    // Business bills for use beyond its allowance, which Stripe's page could not add. The change
    // is made on our page, which says so.
    await page.getByText("Your free trial ends today.").waitFor();
    await page.getByText("then $0.02 each (up to 1,000 more)").waitFor();
    await page.getByRole("button", { name: /^Pay .* now$/ }).click();
    await page.waitForURL("**/dashboard");
    await reloadUntil(page, plan.getByText("Business", { exact: true }));
    expect(await plan.textContent()).toContain("Renews");

    await confirmAction(plan.locator("summary", { hasText: "Cancel plan" }), "Cancel plan");
    await page.getByText("Your plan is canceled. You keep it until").waitFor();
    await plan.getByText(/^Ends /).waitFor();
    await plan.getByRole("button", { name: "Keep my plan" }).click();
    await plan.getByText(/^Renews /).waitFor();
    expect(await plan.textContent()).toContain("Business");

    await plan.getByRole("button", { name: "Manage billing" }).click();
    await page.getByRole("heading", { name: "Billing" }).waitFor();
    await page.getByRole("link", { name: /^(Back|Return)/ }).click();
    await page.waitForURL("**/dashboard");
  });
});
