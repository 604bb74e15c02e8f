import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { createAgent } from "../support/agents.ts";
import { openPage, pageText, signUpVisitor, submitForm } from "../support/browser.ts";

describe("an error page", () => {
  it("links to the home page where a retry would not help", async () => {
    const text = await pageText("/nowhere");
    expect(text).toContain('href="/">Home</a>');
    expect(text).not.toContain("Try again");
    const refused = await (
      await submitForm(
        "/buy",
        {},
        { origin: "https://evil.example", "sec-fetch-site": "cross-site" },
      )
    ).text();
    expect(refused).toContain('href="/">Home</a>');
  });

  it("links to the page itself where a retry may help, and never to another site", async () => {
    const { cookie, ...seller } = await signUpVisitor();
    const { id } = await createAgent(seller, { visibility: "listed" });
    // A row that cannot be read. A table that is missing would be set-up that is not complete.
    const setTools = (tools: string) =>
      env.DB.prepare("update agents set tools = ? where id = ?").bind(tools, id).run();
    await setTools("{");
    try {
      const failed = await openPage("/marketplace?sort=price", { cookie });
      expect(failed.status).toBe(500);
      expect(await failed.text()).toContain('href="/marketplace?sort=price">Try again</a>');
    } finally {
      await setTools("[]");
    }
  });
});
