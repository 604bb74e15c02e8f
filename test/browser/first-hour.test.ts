import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startEmptyStack } from "../journeys/support/stack.ts";
import { expectGoodPage } from "./support/check-page.ts";
import { figureOf, fillSignUpForm, payOnCheckoutPage, reloadUntil } from "./support/steps.ts";
import { openWindow } from "./support/visit.ts";

let baseURL = "";
let stop: (() => Promise<void>) | undefined;

beforeAll(async () => {
  const started = await startEmptyStack();
  baseURL = started.url.replace("127.0.0.1", "localhost");
  ({ stop } = started);
});
afterAll(async () => {
  await stop?.();
});

/** Returns a step of the set-up. */
const step = (page: Page, title: string) =>
  page.locator(".setup-step").filter({ has: page.getByRole("heading", { name: title }) });

/** Waits until a step is done. */
const stepIsDone = (page: Page, title: string): Promise<void> =>
  step(page, title).getByText("Done", { exact: true }).waitFor();

/** Checks a page in Arabic, and then in English. */
async function expectGoodInBothLanguages(page: Page, path: string): Promise<void> {
  for (const language of ["ar", "en"]) {
    await page.goto(`${path}?lang=${language}`);
    await expectGoodPage(page);
  }
  await page.setViewportSize({ width: 1280, height: 800 });
}

describe("an operator's first hour", () => {
  it("leads from an empty database to the first sale", async () => {
    // What is not set up yet answers 503; Stripe can't reach this machine, which answers 409.
    const page = await openWindow({ baseURL, expected: [/503/, /409/] });
    const arabic = await openWindow({ baseURL, locale: "ar", expected: [/503/] });
    await arabic.goto("/");
    await expectGoodPage(arabic);
    await page.goto("/");
    await expectGoodPage(page);
    await page.getByRole("link", { name: "Open setup" }).click();
    await expectGoodInBothLanguages(page, "/setup");

    await page.getByLabel("Setup token").fill("local-setup-token");
    await page.getByLabel("Email address").fill("owner@farebox.local");
    await page.getByLabel("Password").fill("a long way home");
    await page.getByRole("button", { name: "Create admin account" }).click();
    await page.getByText("1 of 7 steps done").waitFor();
    await expectGoodInBothLanguages(page, "/admin/setup");

    await stepIsDone(page, "Stripe account");
    await page.getByText("Connected to Local Stripe, in test mode.").waitFor();
    await page.getByRole("button", { name: "Create webhook" }).click();
    await step(page, "Stripe webhook")
      .getByText(/^Stripe cannot reach/)
      .waitFor();
    await page.getByRole("button", { name: "Set up portal" }).click();
    await stepIsDone(page, "Customer portal");

    await page.getByRole("link", { name: "A bit of everything" }).click();
    await page.getByLabel("Catalog as JSON").waitFor();
    await page.getByRole("button", { name: "Load catalog" }).click();
    await page.getByText("7 plans and 3 models are on sale.").waitFor();
    await page.getByLabel("Model to test").fill("no-such-model");
    await page.getByRole("button", { name: "Send test request" }).click();
    await step(page, "Model provider: local").getByText("Failed", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Send test request" }).click();
    await stepIsDone(page, "Model provider: local");
    await page.getByRole("button", { name: "Send test mail" }).click();
    await stepIsDone(page, "Mails");

    await page.getByRole("link", { name: "Open brand" }).click();
    await page.getByLabel("Name", { exact: true }).fill("Night Line");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("banner").getByText("Night Line").waitFor();

    const customer = await openWindow({ baseURL });
    await customer.goto("/");
    await customer.getByRole("banner").getByText("Night Line").waitFor();
    await customer.goto("/signup?next=/credits");
    const email = await fillSignUpForm(customer);
    await customer.getByRole("button", { name: "Buy Starter" }).click();
    await payOnCheckoutPage(customer);
    await customer.getByRole("link", { name: "Continue" }).click();
    expect(await figureOf(customer, "Credit balance").textContent()).toBe("100");

    await page.goto("/admin/setup");
    await reloadUntil(page, page.getByText("1 order is paid."));
    await stepIsDone(page, "Stripe webhook");
    await page.getByText("Everything is set up.").waitFor();
    const side = page.getByRole("navigation", { name: "Admin" });
    await side.getByRole("link", { name: "Orders", exact: true }).click();
    const sale = page.getByRole("row").filter({ hasText: "Starter" }).filter({ hasText: email });
    await sale.getByText("$9.99").first().waitFor();

    const stranger = await openWindow({ baseURL, expected: [/404/] });
    await stranger.goto("/setup");
    await stranger.getByText("This site has its admin.").waitFor();
  });
});
