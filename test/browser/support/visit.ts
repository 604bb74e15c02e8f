import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, onTestFinished } from "vitest";
import { measureSlowness } from "../../../dev/slowness.ts";
import { type Person, randomIp } from "../../journeys/support/person.ts";
import { watchForProblems } from "./watch.ts";

/** The origin of the pages, as the Worker knows it. */
export const site = inject("stack").url.replace("127.0.0.1", "localhost");

/** No action is expected to take long; the limit only ends what hangs. */
const ACTION_WITHIN_MS = 30_000 * measureSlowness();

let browser: Browser | undefined;
beforeAll(async () => {
  browser = await chromium.connect(inject("browserAt"));
});
afterAll(async () => {
  await browser?.close();
});

interface WindowOptions extends BrowserContextOptions {
  /** The user who is signed in, without using the form. */
  readonly as?: Pick<Person, "refreshToken">;
  /** Messages that pages may log in this test: of a refusal that it causes. */
  readonly expected?: readonly RegExp[];
}

/**
 * Opens a window as a new visitor. When the test ends, no page in it may have logged an error,
 * violated its Content-Security-Policy, or requested something that does not exist.
 */
export async function openWindow({
  as,
  expected = [],
  baseURL = site,
  ...contextOptions
}: WindowOptions = {}): Promise<Page> {
  if (browser === undefined) throw new Error("a window is opened before the browser");
  const context = await browser.newContext({
    baseURL,
    locale: "en",
    // An IP address of its own: sign-ups from one address are limited.
    extraHTTPHeaders: { "cf-connecting-ip": randomIp() },
    ...contextOptions,
  });
  context.setDefaultTimeout(ACTION_WITHIN_MS);
  if (as !== undefined)
    await context.addCookies([{ name: "farebox_session", value: as.refreshToken, url: baseURL }]);
  const problems: string[] = [];
  context.on("page", (page) =>
    watchForProblems(page, [baseURL, inject("ownSite")], problems, expected),
  );
  onTestFinished(async () => {
    await context.close();
    expect(problems).toEqual([]);
  });
  return await context.newPage();
}
