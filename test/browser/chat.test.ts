import type { Page } from "playwright-core";
import { describe, expect, inject, it } from "vitest";
import { newBuyer, newPerson } from "../journeys/support/person.ts";
import { fillSignUpForm, payOnCheckoutPage } from "./support/steps.ts";
import { openWindow } from "./support/visit.ts";

const { url } = inject("stack");
/** The message that the browser logs for a chat that is refused for want of payment. */
const NOT_PAID = [/402/];

const replies = (page: Page) => page.getByRole("log").locator(".assistant");

async function send(page: Page, text: string, model?: string): Promise<void> {
  // Before its script runs, Enter would begin a new line.
  await page.waitForLoadState();
  if (model !== undefined) await page.getByLabel("Model", { exact: true }).selectOption(model);
  await page.getByLabel("Your message").fill(text);
  await page.getByLabel("Your message").press("Enter");
}

describe("the chat", () => {
  it("works from the first visit: sign up, buy, chat, run out, buy again, go on", async () => {
    const page = await openWindow({ expected: NOT_PAID });
    await page.goto("/signup?next=/credits");
    await fillSignUpForm(page);
    await page.getByRole("button", { name: "Buy Starter" }).click();
    await payOnCheckoutPage(page);
    await page.getByRole("link", { name: "Go on" }).click();
    expect(
      await page
        .locator("section", { hasText: "Credits to spend" })
        .locator(".figure")
        .textContent(),
    ).toBe("100");

    await page
      .getByRole("navigation", { name: "Main" })
      .getByRole("link", { name: "Chat" })
      .click();
    await send(page, "Please respond with exactly 100 tokens.", "dear");
    await replies(page).getByText("Credits 100").waitFor();
    const conversation = page.url();
    expect(conversation).toMatch(/\/chat\/cnv_/);

    await send(page, "And back again, please.", "dear");
    await page.getByText("This message is not covered").waitFor();
    expect(await page.getByLabel("Your message").inputValue()).toBe("And back again, please.");
    await page.getByRole("link", { name: "Buy credits" }).click();
    await page.getByRole("button", { name: "Buy Plus" }).click();
    await payOnCheckoutPage(page);
    await page.getByRole("link", { name: "Go on" }).click();

    await page.waitForURL(conversation);
    expect(await page.getByLabel("Your message").inputValue()).toBe("And back again, please.");
    await page.getByLabel("Your message").press("Enter");
    await replies(page)
      .nth(1)
      .getByText(/Credits \d+/)
      .waitFor();
    expect(await replies(page).nth(1).textContent()).toContain("And back again, please.");
  });

  it("shows a reply while it comes, stops it on demand, and stores what came", async () => {
    const page = await openWindow({ as: await newPerson(url) });
    await page.goto("/chat");
    await send(page, "Please respond with exactly 400 tokens.");
    const reply = replies(page).locator("[data-part=text]");
    await expect.poll(async () => (await reply.textContent())?.length ?? 0).toBeGreaterThan(0);
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByText("broke off").waitFor();
    const text = await reply.textContent();
    await page.reload();
    expect(await reply.textContent()).toBe(text);
    expect(text?.length).toBeLessThan(1500);
  });

  it("works without scripts, one reply at a time", async () => {
    const page = await openWindow({ as: await newBuyer(url), javaScriptEnabled: false });
    await page.goto("/chat");
    await page.getByLabel("Your message").fill("Without a script?");
    await page.getByRole("button", { name: "Send" }).click();
    expect(await replies(page).textContent()).toContain("Without a script?");
  });

  it("says once why a message was not answered, and puts the message back", async () => {
    const page = await openWindow({ as: await newPerson(url), expected: [/429/] });
    await page.goto("/chat");
    await send(page, "Is anybody there?", "swamped");
    const reason = page.getByText("The model's seller is busy.");
    await reason.waitFor();
    expect(await page.getByLabel("Your message").inputValue()).toBe("Is anybody there?");
    await page.getByRole("log").getByText("not answered", { exact: true }).waitFor();
    expect(await reason.count()).toBe(1);
    await page.reload();
    await page
      .getByRole("log")
      .getByText("not answered: There was too much to do at that moment.")
      .waitFor();
  });

  it("shows typed HTML as text", async () => {
    const page = await openWindow({ as: await newPerson(url) });
    await page.goto("/chat");
    await send(page, `<img src="/nowhere.png" onerror="alert(1)"><b>bold</b>`);
    await replies(page)
      .getByText(/Tokens/)
      .waitFor();
    expect(await page.getByRole("log").locator("b, img").count()).toBe(0);
    expect(await page.getByRole("log").textContent()).toContain("<b>bold</b>");
  });
});
