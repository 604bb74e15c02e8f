import type { Page } from "playwright-core";
import { describe, expect, inject, it } from "vitest";
import { fillSignUpForm, reloadUntil } from "./support/steps.ts";
import { openWindow, site } from "./support/visit.ts";

const mailbox = inject("stack").mailboxUrl;

/** Opens the newest mail of a subject to an address, in the local mailbox. */
async function openMail(page: Page, email: string, subject: string): Promise<void> {
  await page.goto(mailbox);
  const row = page.getByRole("row").filter({ hasText: email }).filter({ hasText: subject });
  await reloadUntil(page, row);
  await row.getByRole("link").first().click();
}

const signOut = (page: Page) => page.getByRole("button", { name: "Sign out" }).click();

describe("mails", () => {
  it("a visitor signs up, finds the mail, and proves the address by its link", async () => {
    const page = await openWindow();
    await page.goto("/signup");
    const email = await fillSignUpForm(page);
    await page.waitForURL("**/dashboard");
    await page.getByText(`Please confirm that ${email} is yours.`).waitFor();
    await openMail(page, email, "Confirm your address");
    expect(await page.locator("pre").textContent()).toContain("Or type this code");
    await page.frameLocator("iframe").getByRole("link", { name: "Confirm this address" }).click();
    await page.waitForURL(`${site}/verify?token=*`);
    await page.getByRole("button", { name: "Confirm" }).click();
    await page.getByText("Your address is confirmed.").waitFor();
  });

  it("somebody who forgot the password chooses a new one by a mail, and signs in", async () => {
    const page = await openWindow();
    await page.goto("/signup");
    const email = await fillSignUpForm(page);
    await page.waitForURL("**/dashboard");
    await signOut(page);
    await page.goto("/login");
    await page.getByRole("link", { name: "Forgot your password?" }).click();
    await page.getByLabel("Email address").fill(email);
    await page.getByRole("button", { name: "Send the link" }).click();
    await page.getByText("a mail with a link is on its way").waitFor();
    await openMail(page, email, "A new password");
    const path = (await page.locator("pre a").first().getAttribute("href")) ?? "";
    await page.frameLocator("iframe").getByRole("link", { name: "Choose a new password" }).click();
    await page.getByLabel("New password").fill("a much longer way home");
    await page.getByRole("button", { name: "Set the password" }).click();
    await page.getByText("Your password is changed").waitFor();
    await page.getByLabel("Email address").fill(email);
    await page.getByLabel("Password").fill("a much longer way home");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL("**/dashboard");
    // The link worked once.
    const again = await page.request.post(path.split("?")[0] ?? "", {
      form: { token: path.split("=")[1] ?? "", newPassword: "one more way home" },
      headers: { origin: site },
    });
    expect(again.status()).toBe(400);
  });
});
