import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { app } from "../../src/app.ts";
import { signUpVisitor } from "../support/browser.ts";

describe("keys that require a first payment", () => {
  it("are explained to users who have not paid, with a link to the prices", async () => {
    const { cookie } = await signUpVisitor();
    const request = new Request("http://farebox.test/keys", { headers: { cookie } });
    const context = createExecutionContext();
    const reply = await app.fetch(request, { ...env, API_KEYS_REQUIRE_PAYMENT: "true" }, context);
    await waitOnExecutionContext(context);
    const text = await reply.text();
    expect(reply.status).toBe(200);
    expect(text).toMatch(/API keys come with your first payment\.[^]*href="\/pricing"/);
    expect(text).not.toContain("Try again");
    expect(text).not.toContain("Create API key");
  });
});
