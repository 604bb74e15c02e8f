import type { Page } from "playwright-core";
import { describe, expect, inject, it } from "vitest";
import { newBuyer, newPerson } from "../journeys/support/person.ts";
import { figureOf, fillSignUpForm, payOnCheckoutPage } from "./support/steps.ts";
import { openWindow } from "./support/visit.ts";

const { url } = inject("stack");
/** The message that the browser logs for a chat that is refused for want of payment. */
const NOT_PAID = [/402/];

const replies = (page: Page) => page.getByRole("log").locator(".assistant");

async function send(page: Page, text: string, model?: string): Promise<void> {
  // Before its script runs, Enter would begin a new line.
  await page.waitForLoadState();
  if (model !== undefined) {
    await page.locator("summary", { hasText: "Choose a model" }).click();
    await page.getByRole("radio", { name: model }).check();
    await page.keyboard.press("Escape");
  }
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
    await page.getByRole("link", { name: "Continue" }).click();
    expect(await figureOf(page, "Credit balance").textContent()).toBe("100");

    await page
      .getByRole("navigation", { name: "Main" })
      .getByRole("link", { name: "Chat" })
      .click();
    await send(page, "Please respond with exactly 100 tokens.", "dear");
    await replies(page).getByText("100 credits").waitFor();
    const conversation = page.url();
    expect(conversation).toMatch(/\/chat\/cnv_/);

    await send(page, "And back again, please.", "dear");
    await page.getByText("dear isn't in your Free plan.").waitFor();
    expect(await page.getByLabel("Your message").inputValue()).toBe("And back again, please.");
    await page.getByRole("link", { name: "Add credits" }).click();
    await page.getByRole("button", { name: "Buy Plus" }).click();
    await payOnCheckoutPage(page);
    await page.getByRole("link", { name: "Back to your conversation" }).click();

    await page.waitForURL(conversation);
    expect(await page.getByLabel("Your message").inputValue()).toBe("And back again, please.");
    await page.getByLabel("Your message").press("Enter");
    await replies(page)
      .nth(1)
      .getByText(/\d+ credits/)
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
    await replies(page).getByText("Stopped", { exact: true }).waitFor();
    await page.getByText("You're only charged for what was sent.").waitFor();
    expect(await page.getByLabel("Your message").inputValue()).toBe("");
    const text = await reply.textContent();
    await page.reload();
    expect(await reply.textContent()).toBe(text);
    expect(text?.length).toBeLessThan(1500);
    expect(await page.getByLabel("Your message").inputValue()).toBe("");
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
    const reason = page.getByText("The model is overloaded.");
    await reason.waitFor();
    expect(await page.getByLabel("Your message").inputValue()).toBe("Is anybody there?");
    await page.getByRole("log").getByText("Failed", { exact: true }).waitFor();
    expect(await reason.count()).toBe(1);
    await page.reload();
    await page
      .getByRole("log")
      .getByText("Failed: Too many requests. Wait a moment and try again.")
      .waitFor();
  });

  it("shows typed HTML as text", async () => {
    const page = await openWindow({ as: await newPerson(url) });
    await page.goto("/chat");
    await send(page, `<img src="/nowhere.png" onerror="alert(1)"><b>bold</b>`);
    await replies(page)
      .getByText(/tokens/)
      .waitFor();
    expect(await page.getByRole("log").locator("b, img").count()).toBe(0);
    expect(await page.getByRole("log").textContent()).toContain("<b>bold</b>");
  });

  it("shows Markdown while it comes and after a reload, and copies code", async () => {
    const page = await openWindow({ as: await newPerson(url) });
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.goto("/chat");
    const code = "let a = 1;";
    await send(
      page,
      `markdown: | a | b |\n|---|---|\n| 1 | 2 |\n\n\`\`\`js\n${code}\n\`\`\`\n\n` +
        "$$\n\\frac{a}{b}\n$$\n\nEnd.",
    );
    await replies(page)
      .getByText(/tokens/)
      .waitFor();
    for (const isStored of [false, true]) {
      if (isStored) await page.reload();
      expect(await replies(page).locator("table td").count()).toBe(2);
      expect(await replies(page).locator("math mfrac").count()).toBe(1);
      expect(await replies(page).locator(".hljs-keyword").textContent()).toBe("let");
    }
    await replies(page).getByRole("button", { name: "Copy", exact: true }).click();
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(code);
  });

  it("edits a message, asks for another reply, and switches between the branches", async () => {
    const page = await openWindow({ as: await newPerson(url) });
    await page.goto("/chat");
    await send(page, "First thoughts");
    await replies(page)
      .getByText(/tokens/)
      .waitFor();
    await page.getByRole("log").locator(".user").hover();
    await page.locator("summary[aria-label='Edit message']").click();
    await page.getByRole("textbox", { name: "Edit message" }).fill("Second thoughts");
    await page.locator("[data-edit-form]").getByRole("button", { name: "Send" }).click();
    await replies(page).getByText("Second thoughts").waitFor();
    await page.getByText("2/2").waitFor();
    await page.getByRole("button", { name: /^Try again/ }).click();
    await page.getByText("3/3").waitFor();
    await page.getByRole("button", { name: "Previous version" }).click();
    await page.getByText("2/3").waitFor();
    await page.getByRole("button", { name: "Previous version" }).click();
    const question = page.getByRole("log").locator(".user [data-part=text]");
    await question.filter({ hasText: "First thoughts" }).waitFor();
  });

  it("does code, a table and math; stop, edit, retry, and a search", async () => {
    const page = await openWindow({ as: await newPerson(url) });
    await page.goto("/chat");
    const question = page.getByRole("log").locator(".user [data-part=text]");
    const table = "| stop | minutes |\n|---|---|\n| Harbor | 12 |";
    await send(
      page,
      `markdown: ${table}\n\n\`\`\`js\nlet night = true;\n\`\`\`\n\n$$\nx^2\n$$\n\nDone.`,
    );
    await replies(page)
      .getByText(/tokens/)
      .waitFor();
    await replies(page).getByRole("cell", { name: "Harbor" }).waitFor();
    await replies(page).locator(".hljs-keyword", { hasText: "let" }).waitFor();
    await replies(page).locator("math msup").waitFor();

    await send(page, "Please respond with exactly 400 tokens.");
    const second = replies(page).nth(1);
    await expect
      .poll(async () => (await second.locator("[data-part=text]").textContent())?.length ?? 0)
      .toBeGreaterThan(0);
    await page.getByRole("button", { name: "Stop" }).click();
    await second.getByText("Stopped", { exact: true }).waitFor();

    await question.nth(1).hover();
    await page.locator("summary[aria-label='Edit message']").last().click();
    await page.getByRole("textbox", { name: "Edit message" }).fill("Where is the night ferry?");
    await page.locator("[data-edit-form]").getByRole("button", { name: "Send" }).click();
    await second.getByText("Where is the night ferry?").waitFor();
    await page.getByText("2/2").waitFor();
    await second.getByText("included in your plan").waitFor();
    await page.getByRole("button", { name: /^Try again/ }).click();
    await page.getByText("3/3").waitFor();

    const conversation = page.url();
    await page.goto("/chat");
    await page.getByLabel("Search conversations").fill("night ferry");
    await page.getByLabel("Search conversations").press("Enter");
    await page.locator("[data-conversations] a").first().click();
    await page.waitForURL(conversation);
    await question.filter({ hasText: "Where is the night ferry?" }).waitFor();
  });

  it("says that a reply was cut short where the model breaks off", async () => {
    const page = await openWindow({ as: await newPerson(url) });
    await page.goto("/chat");
    await send(page, "Does it arrive?", "brittle");
    await page.getByRole("alert").waitFor();
    await page.reload();
    await replies(page).getByText("The reply was cut short.").waitFor();
  });

  it("finds a conversation in the drawer of a phone, without scripts", async () => {
    const page = await openWindow({ as: await newBuyer(url), javaScriptEnabled: false });
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto("/chat");
    await page.getByLabel("Your message").fill("Where is Rome?");
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByRole("link", { name: "All conversations" }).click();
    await page.getByLabel("Search conversations").fill("rome");
    // The drawer stays open, and shows what was found.
    await page.getByLabel("Search conversations").press("Enter");
    await page.getByRole("link", { name: "Where is Rome?" }).click();
    expect(await replies(page).textContent()).toContain("Where is Rome?");
  });
});
