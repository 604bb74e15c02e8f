import OpenAI, { AuthenticationError } from "openai";
import { describe, expect, inject, it } from "vitest";
import { createOpenAI, newPerson } from "../journeys/support/person.ts";
import { confirmAction } from "./support/steps.ts";
import { openWindow } from "./support/visit.ts";

const { url } = inject("stack");
const hello: OpenAI.Chat.ChatCompletionCreateParamsNonStreaming = {
  model: "small",
  messages: [{ role: "user", content: "Hello" }],
};

describe("a key made on /keys", () => {
  it("is shown once, works in the openai client, and stops once it is revoked", async () => {
    const page = await openWindow({ as: await newPerson(url) });
    await page.goto("/keys");
    await page.locator("summary", { hasText: "Create API key" }).click();
    await page.getByLabel("Name", { exact: true }).fill("a program");
    await page.getByRole("button", { name: "Create API key" }).click();
    const shown = page.getByText(/^sk_[0-9a-f]{64}$/);
    const openai = createOpenAI(url, (await shown.textContent()) ?? "");
    expect((await openai.chat.completions.create(hello)).choices[0]?.message.content).toContain(
      "Hello",
    );

    await page.goto("/keys");
    expect(await shown.count()).toBe(0);
    await confirmAction(page.locator("summary", { hasText: "Revoke: a program" }), "Revoke key");
    await page.getByText("“a program” is revoked.").waitFor();
    await page.getByRole("row").filter({ hasText: "a program" }).waitFor({ state: "detached" });
    await expect(openai.chat.completions.create(hello)).rejects.toBeInstanceOf(AuthenticationError);
  });

  it("is named in the activity of the user who chats with it", async () => {
    const user = await newPerson(url);
    await user.openai.chat.completions.create(hello);
    const page = await openWindow({ as: user });
    await page.goto("/activity");
    const row = page.locator(".activity li").filter({ hasText: "small" });
    expect(await row.textContent()).toContain("Journey");
  });
});
