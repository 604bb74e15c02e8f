import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, onTestFinished } from "vitest";
import { type Person, randomIp } from "../../journeys/support/person.ts";
import { watchForProblems } from "./watch.ts";

/** Where pages are: the address that the Worker calls its own. */
export const site = inject("stack").url.replace("127.0.0.1", "localhost");

const ACTION_WITHIN_MS = 30_000;

let browser: Browser | undefined;
beforeAll(async () => {
  browser = await chromium.connect(inject("browserAt"));
});
afterAll(async () => {
  await browser?.close();
});

interface WindowOptions extends BrowserContextOptions {
  /** Signed in as them, without the form. */
  readonly as?: Pick<Person, "refreshToken">;
  /** What pages may say in this test all the same: a refusal that the test asks for. */
  readonly expected?: readonly RegExp[];
}

/**
 * Opens a window of its own, as a new visitor. When the test ends, no page that was open in it may
 * have logged an error, been refused anything by its Content-Security-Policy, or asked for what is
 * not there.
 */
export async function openWindow({
  as,
  expected = [],
  ...contextOptions
}: WindowOptions = {}): Promise<Page> {
  if (browser === undefined) throw new Error("a window is opened before the browser");
  const context = await browser.newContext({
    baseURL: site,
    locale: "en",
    // An address of the Internet of their own: sign-ups from one are limited.
    extraHTTPHeaders: { "cf-connecting-ip": randomIp() },
    ...contextOptions,
  });
  context.setDefaultTimeout(ACTION_WITHIN_MS);
  if (as !== undefined)
    await context.addCookies([{ name: "farebox_session", value: as.refreshToken, url: site }]);
  const problems: string[] = [];
  context.on("page", (page) =>
    watchForProblems(page, [site, inject("ownSite")], problems, expected),
  );
  onTestFinished(async () => {
    await context.close();
    expect(problems).toEqual([]);
  });
  return await context.newPage();
}
