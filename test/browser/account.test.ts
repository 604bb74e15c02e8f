import { describe, expect, inject, it } from "vitest";
import { newPerson } from "../journeys/support/person.ts";
import { openWindow } from "./support/visit.ts";

const { url } = inject("stack");
const password = "a long way home";

/** Signs up a person whose password these tests know. */
async function signUp() {
  const page = await openWindow();
  const email = `user-${crypto.randomUUID()}@farebox.local`;
  await page.goto("/signup");
  await page.getByLabel("Email address").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Create account" }).click();
  await page.waitForURL("**/dashboard");
  await page.getByRole("link", { name: "Account", exact: true }).click();
  await page.getByRole("heading", { name: "Account", level: 1 }).waitFor();
  return { email, page };
}

describe("the account page", () => {
  it("saves the name, and says so once", async () => {
    const { page } = await signUp();
    await page.getByLabel("Name", { exact: true }).fill("Ada Lovelace");
    await page.getByRole("button", { name: "Save name" }).click();
    await page.getByText("Name saved.").waitFor();
    expect(await page.getByLabel("Name", { exact: true }).inputValue()).toBe("Ada Lovelace");
    await page.reload();
    expect(await page.getByText("Name saved.").count()).toBe(0);
  });

  it("ends another session, by the keyboard alone", async () => {
    const { email, page } = await signUp();
    const other = await openWindow();
    await other.goto("/login");
    await other.getByLabel("Email address").fill(email);
    await other.getByLabel("Password").fill(password);
    await other.getByRole("button", { name: "Sign in", exact: true }).click();
    await other.waitForURL("**/dashboard");
    await page.reload();
    await page.locator("summary", { hasText: /^End: / }).focus();
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByText("Session ended.").waitFor();
    await other.reload();
    await other.waitForURL("**/login?next=*");
  });

  it("changes its language and direction, and keeps them", async () => {
    const { page } = await signUp();
    await page.getByRole("combobox", { name: "Language" }).selectOption("ar");
    await page.getByRole("button", { name: "Save language" }).click();
    await page.getByRole("heading", { name: "الحساب", level: 1 }).waitFor();
    await page.goto("/dashboard");
    expect(await page.locator("html").getAttribute("dir")).toBe("rtl");
  });

  it("deletes the account once its owner says so a second time", async () => {
    const { email, page } = await signUp();
    await page.getByRole("link", { name: "Delete account…" }).click();
    await page.getByLabel("Current password").fill(password);
    await page.getByRole("button", { name: "Delete my account" }).click();
    await page.getByRole("heading", { name: "Account deleted" }).waitFor();
    const login = await page.request.post("/api/auth/login", { data: { email, password } });
    expect(login.status()).toBe(401);
  });

  it("leads to a person's orders", async () => {
    const page = await openWindow({ as: await newPerson(url) });
    await page.goto("/account");
    await page.getByRole("link", { name: "Orders and invoices" }).click();
    await page.getByText("No orders yet").waitFor();
  });
});
