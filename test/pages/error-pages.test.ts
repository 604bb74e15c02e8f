import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
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
    const { cookie } = await signUpVisitor();
    await env.DB.exec("alter table agents rename to agents_gone");
    try {
      const failed = await openPage("/marketplace?sort=price", { cookie });
      expect(failed.status).toBe(500);
      expect(await failed.text()).toContain('href="/marketplace?sort=price">Try again</a>');
    } finally {
      await env.DB.exec("alter table agents_gone rename to agents");
    }
  });
});
