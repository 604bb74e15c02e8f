import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { openPage, pageText, signUpVisitor, submitForm } from "../support/browser.ts";

describe("a page that could not be shown", () => {
  it("leads home where trying again would be of no use", async () => {
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

  it("leads back to itself where the reason may pass, and never to another site", async () => {
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
