import { randomBytes } from "node:crypto";
import type { Locator, Page } from "playwright-core";
import { waitFor } from "../../../dev/demo/checks.ts";

export const randomEmail = (): string => `user-${randomBytes(6).toString("hex")}@farebox.local`;

/** The labels by which fields are found. Those of another language are passed in. */
const ENGLISH = { email: "Email address", password: "Password", up: "Create account" };

/** Fills in the form of `/signup` on the current page. */
export async function fillSignUpForm(page: Page, words = ENGLISH): Promise<string> {
  const email = randomEmail();
  await page.getByLabel(words.email).fill(email);
  await page.getByLabel(words.password).fill("a long way home");
  await page.getByRole("button", { name: words.up }).click();
  return email;
}

/** Opens the menu of the signed-in user, whose items are not shown before. */
export const openUserMenu = (page: Page): Promise<void> =>
  page.locator("summary[aria-label='Your account']").click();

/** Signs out by the user menu. */
export async function signOut(page: Page): Promise<void> {
  await openUserMenu(page);
  await page.getByRole("button", { name: "Sign out" }).click();
}

/** Opens the question of an action, and confirms it. */
export async function confirmAction(asked: Locator, confirm: string): Promise<void> {
  await asked.click();
  await asked.locator("..").getByRole("button", { name: confirm, exact: true }).click();
}

/** Returns the figure of this label on a page. */
export const figureOf = (page: Page, label: string): Locator =>
  page.locator(".stat", { hasText: label }).locator(".figure");

/** Pays on the local Stripe's page, which the browser is about to open. */
export async function payOnCheckoutPage(page: Page, email?: string): Promise<void> {
  await page.getByRole("heading", { name: "Checkout" }).waitFor();
  if (email !== undefined) await page.getByLabel("Email").fill(email);
  await page.getByLabel("Card number").fill("4242 4242 4242 4242");
  await page.getByLabel("Expiry").fill("12 / 34");
  await page.getByLabel("Security code (CVC)").fill("123");
  await page.getByRole("button", { name: /^(Pay|Subscribe|Complete)/ }).click();
}

/** Reloads the page until it shows what Stripe's webhook changes. */
export async function reloadUntil(page: Page, shown: Locator): Promise<void> {
  await waitFor("Stripe's webhook", async () => {
    if ((await shown.count()) > 0) return true;
    await page.reload();
    return undefined;
  });
}
