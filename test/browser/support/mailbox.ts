import type { Page } from "playwright-core";
import { inject } from "vitest";
import { reloadUntil } from "./steps.ts";

/** Opens the newest mail of a subject to an address, in the local mailbox. */
export async function openMail(page: Page, email: string, subject: string): Promise<void> {
  await page.goto(inject("stack").mailboxUrl);
  const row = page.getByRole("row").filter({ hasText: email }).filter({ hasText: subject });
  await reloadUntil(page, row);
  await row.getByRole("link").first().click();
}
