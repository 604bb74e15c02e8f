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
  it("shows prices, signs up, sells a pack, streams a chat, and shows the usage", async () => {
    await serveExample();
    // No test header is sent: another site's page may send only what Farebox allows.
    const page = await openWindow({ extraHTTPHeaders: {} });
    await page.goto(ownSite);
    expect(await page.getByRole("row").filter({ hasText: "Starter" }).textContent()).toContain(
      "100 credits9.99 usd once",
    );
    const email = randomEmail();
    await page.getByLabel("Email").fill(email);
    await page.getByLabel("Password").fill("a long way home");
    await page.getByRole("button", { name: "Sign up" }).click();
    await page.getByText("0 of 50 messages, 0 credits").waitFor();
    await page.getByRole("button", { name: "Buy Starter" }).click();
    await payOnCheckoutPage(page, email);
    await page.waitForURL(`${ownSite}/**`);
    await page.getByRole("textbox", { name: "Message" }).fill("Where does this train go?");
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByText("1 of 50 messages, 100 credits").waitFor();
    expect(await page.locator("#replies").textContent()).toContain("Where does this train go?");
  });
});
