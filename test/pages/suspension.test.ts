import { beforeAll, describe, expect, it } from "vitest";
import { callAsAdmin } from "../support/admin.ts";
import { adminHeaders, openPage, pageText, signUpVisitor, submitForm } from "../support/browser.ts";
import { loadShopCatalog } from "../support/shop.ts";
import { createKey } from "../support/sign-up.ts";
import { suspendUser } from "../support/suspend.ts";

beforeAll(loadShopCatalog);

describe("a suspended user's pages", () => {
  it("say so in the reader's language, never why, and the chat has no form", async () => {
    const { cookie, userId } = await signUpVisitor();
    expect(await pageText("/dashboard", { cookie })).not.toContain("is suspended");
    expect(await pageText("/chat", { cookie })).toContain("data-composer");
    await suspendUser(userId, { reason: "Nadelstich" });
    for (const path of ["/dashboard", "/credits", "/keys", "/chat"]) {
      const html = await pageText(path, { cookie });
      expect([path, html]).toEqual([path, expect.stringContaining("Your account is suspended.")]);
      expect(html).not.toContain("Nadelstich");
    }
    expect(await pageText("/chat", { cookie })).not.toContain("data-composer");
    expect(await pageText("/chat?lang=ar", { cookie })).toContain("حسابك موقوف");
  });
});

describe("the operator's page of a user", () => {
  it("suspends and resumes, ends sessions and revokes keys, each with a reason", async () => {
    const [headers, { cookie, ...user }] = [await adminHeaders(), await signUpVisitor()];
    await createKey(user);
    const path = `/admin/users/${user.userId}`;
    const show = async () => await (await callAsAdmin("GET", `/api${path}`)).json();
    const refused = await submitForm(`${path}/suspend`, { suspendReason: "" }, headers);
    expect([refused.status, await refused.text()]).toEqual([
      400,
      expect.stringContaining('id="suspendReason-problem"'),
    ]);
    await submitForm(`${path}/suspend`, { suspendReason: "Why", subscriptions: "keep" }, headers);
    expect(await show()).toMatchObject({ suspensionReason: "Why" });
    expect(await pageText(path, headers)).toContain("resumeReason");
    await submitForm(`${path}/resume`, { resumeReason: "Enough" }, headers);
    expect(await show()).toMatchObject({ suspendedAt: null });
    const html = await pageText(path, headers);
    const keyId = /<option value="([^"]+)"[^>]*>test \(/.exec(html)?.[1] ?? "";
    await submitForm(`${path}/api-keys`, { keyId, keyReason: "Lost" }, headers);
    const keys = await callAsAdmin("GET", `/api${path}/api-keys`);
    expect(await keys.json()).toEqual({ keys: [] });
    await submitForm(`${path}/sessions`, { sessionId: "", sessionReason: "Stolen" }, headers);
    expect((await openPage("/dashboard", { cookie })).status).toBe(303);
  });
});
