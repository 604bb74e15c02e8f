import { describe, expect, inject, it } from "vitest";
import { newBuyer } from "../journeys/support/person.ts";
import { reloadUntil } from "./support/steps.ts";
import { openWindow } from "./support/visit.ts";

const { url, admin } = inject("stack");

describe("the operator's pages", () => {
  it("an admin refunds a sale, and its credits are taken back from the buyer", async () => {
    const buyer = await newBuyer(url);
    const page = await openWindow();
    await page.goto("/login?next=/admin");
    await page.getByLabel("Email address").fill(admin.email);
    await page.getByLabel("Password").fill(admin.password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("link", { name: "Orders", exact: true }).click();
    const sale = page
      .getByRole("row")
      .filter({ hasText: "Starter" })
      .filter({ hasText: buyer.userId });
    await sale.getByRole("link").first().click();
    await page.getByRole("textbox", { name: "Reason" }).fill("Bought by mistake.");
    await page.getByRole("button", { name: "Refund" }).click();
    await reloadUntil(page, page.getByText("There is nothing that can go back."));
    expect(await page.getByRole("main").textContent()).toContain("refunded");

    const buyersPage = await openWindow({ as: buyer });
    await buyersPage.goto("/credits");
    expect(
      await buyersPage.locator("section", { hasText: "To spend" }).locator(".figure").textContent(),
    ).toBe("0");
    await buyersPage.getByText("taken back", { exact: true }).waitFor();
  });

  it("do not exist for other users", async () => {
    const page = await openWindow({ as: await newBuyer(url), expected: [/404/] });
    await page.goto("/dashboard");
    expect(await page.getByRole("link", { name: "Admin" }).count()).toBe(0);
    expect((await page.goto("/admin"))?.status()).toBe(404);
  });
});
