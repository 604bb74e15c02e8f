import { fileURLToPath } from "node:url";
import { describe, expect, inject, it, onTestFinished } from "vitest";
import { createViteServer } from "vitest/node";
import { payOnCheckoutPage, randomEmail } from "./support/steps.ts";
import { openWindow, site } from "./support/visit.ts";

const ownSite = inject("ownSite");

/** Serves the example as its reader would, with this Farebox's address in place of its own. */
async function serveExample(): Promise<void> {
  const { port, hostname } = new URL(ownSite);
  const server = await createViteServer({
    root: fileURLToPath(new URL("../../examples/front-end", import.meta.url)),
    configFile: false,
    logLevel: "error",
    // Its imports are served as they are. Bundling them at the first visit would reload the page.
    optimizeDeps: { noDiscovery: true },
    server: { port: Number(port), host: hostname, strictPort: true, hmr: false },
    plugins: [
      { name: "address", transform: (code: string) => code.replace("http://localhost:8787", site) },
    ],
  });
  onTestFinished(() => server.close());
  await server.listen();
}

describe("the example of a front end on another site", () => {
  it("shows prices, signs up, sells a pack, and keeps one conversation", async () => {
    await serveExample();
    // No test header is sent: another site's page may send only what Farebox allows.
    const page = await openWindow({ extraHTTPHeaders: {} });
    await page.goto(ownSite);
    expect(await page.getByRole("row").filter({ hasText: "Starter" }).textContent()).toContain(
      "100$9.99",
    );
    const email = randomEmail();
    await page.getByLabel("Email").fill(email);
    await page.getByLabel("Password").fill("a long way home");
    await page.getByRole("button", { name: "Create account" }).click();
    await page.getByText("0 of 50 messages, 0 credits").waitFor();
    await page.getByRole("button", { name: "Buy Starter" }).click();
    await payOnCheckoutPage(page, email);
    await page.waitForURL(`${ownSite}/**`);
    for (const [index, message] of ["Where does this train go?", "And the next?"].entries()) {
      await page.getByRole("textbox", { name: "Message" }).fill(message);
      await page.getByRole("button", { name: "Send" }).click();
      await page.getByText(`${index + 1} of 50 messages, 100 credits`).waitFor();
    }
    const replies = await page.locator("#replies").textContent();
    expect(replies).toContain("Where does this train go?");
    // The local model says how many messages it was sent: the conversation has all of them.
    expect(replies).toContain("3 messages");
  });

  it("signs in and out, and renews a token that has expired", async () => {
    await serveExample();
    const page = await openWindow({ extraHTTPHeaders: {}, expected: [/401/] });
    await page.goto(ownSite);
    const email = randomEmail();
    await page.getByLabel("Email").fill(email);
    await page.getByLabel("Password").fill("a long way home");
    await page.getByRole("button", { name: "Create account" }).click();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("0 of 50 messages").waitFor();
    await page.evaluate(() => {
      const session = JSON.parse(sessionStorage.getItem("session") ?? "{}");
      sessionStorage.setItem("session", JSON.stringify({ ...session, accessToken: "expired" }));
    });
    await page.reload();
    await page.getByText("0 of 50 messages").waitFor();
  });
});
