import { describe, expect, it } from "vitest";
import { openMail } from "./support/mailbox.ts";
import { fillSignUpForm, signOut } from "./support/steps.ts";
import { openWindow, site } from "./support/visit.ts";

describe("mails", () => {
  it("a visitor signs up, finds the mail, and proves the address by its link", async () => {
    const page = await openWindow();
    await page.goto("/signup");
    const email = await fillSignUpForm(page);
    await page.waitForURL("**/dashboard");
    await page.getByText(`Verify your email: we sent a link to ${email}.`).waitFor();
    await openMail(page, email, "Verify your email");
    expect(await page.locator("pre").textContent()).toContain("Or enter this code");
    await page.frameLocator("iframe").getByRole("link", { name: "Verify email" }).click();
    await page.waitForURL(`${site}/verify?token=*`);
    await page.getByRole("button", { name: "Confirm" }).click();
    await page.getByText("Email verified.").waitFor();
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
    await page.getByRole("button", { name: "Send reset link" }).click();
    await page.getByText("If this email has an account").waitFor();
    await openMail(page, email, "Reset your");
    const path = (await page.locator("pre a").first().getAttribute("href")) ?? "";
    await page.frameLocator("iframe").getByRole("link", { name: "Choose a new password" }).click();
    await page.getByLabel("New password").fill("a much longer way home");
    await page.getByRole("button", { name: "Save password" }).click();
    await page.getByText("Password changed.").waitFor();
    await page.getByLabel("Email address").fill(email);
    await page.getByLabel("Password").fill("a much longer way home");
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.waitForURL("**/dashboard");
    // The link worked once.
    const again = await page.request.post(path.split("?")[0] ?? "", {
      form: { token: path.split("=")[1] ?? "", newPassword: "one more way home" },
      headers: { origin: site },
    });
    expect(again.status()).toBe(400);
  });
});
