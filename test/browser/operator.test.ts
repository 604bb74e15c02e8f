import { describe, expect, inject, it } from "vitest";
import { newBuyer } from "../journeys/support/person.ts";
import { figureOf, openUserMenu, reloadUntil } from "./support/steps.ts";
import { openWindow } from "./support/visit.ts";

const { url, admin } = inject("stack");

describe("the operator's pages", () => {
  it("an admin refunds a sale, and its credits are refunded from the buyer", async () => {
    const buyer = await newBuyer(url);
    const page = await openWindow();
    await page.goto("/login?next=/admin");
    await page.getByLabel("Email address").fill(admin.email);
    await page.getByLabel("Password").fill(admin.password);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByRole("link", { name: "Orders", exact: true }).click();
    const sale = page
      .getByRole("row")
      .filter({ hasText: "Starter" })
      .filter({ hasText: buyer.email });
    await sale.getByRole("link").first().click();
    await page.getByText("Refund…").click();
    await page.getByLabel("Reason").fill("Bought by mistake.");
    await page.getByRole("button", { name: "Refund", exact: true }).click();
    await page.getByText("Refunded $9.99.").waitFor();
    await reloadUntil(page, page.getByText("There is nothing left to refund."));
    expect(await page.getByRole("main").textContent()).toContain("$9.99 refunded");

    const buyersPage = await openWindow({ as: buyer });
    await buyersPage.goto("/credits");
    expect(await figureOf(buyersPage, "Available").textContent()).toBe("0");
    await buyersPage.getByRole("link", { name: "Credit purchases" }).click();
    await buyersPage.getByText("Refunded", { exact: true }).waitFor();
  });

  it("do not exist for other users", async () => {
    const page = await openWindow({ as: await newBuyer(url), expected: [/404/] });
    await page.goto("/dashboard");
    await openUserMenu(page);
    expect(await page.locator(".menu").getByRole("link", { name: "Account" }).count()).toBe(1);
    expect(await page.getByRole("link", { name: "Admin" }).count()).toBe(0);
    expect((await page.goto("/admin"))?.status()).toBe(404);
  });
});
