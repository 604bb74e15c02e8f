import { mkdir, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import sharp from "sharp";
import { startStack } from "../journeys/support/stack.ts";
import { findChromium } from "./support/chromium.ts";
import { PAGES, pageUrl, type TestPage } from "./support/pages.ts";
import { createViewers, type Viewers } from "./support/viewers.ts";

const FOLDER = fileURLToPath(new URL("../../docs/screenshots", import.meta.url));

const SCREENS = [
  ["desktop", { width: 1200, height: 800 }],
  ["phone", { width: 390, height: 844 }],
] as const;
const THEMES = ["light", "dark"] as const;
/** The pages that are also taken in Arabic. */
const ALSO_IN_ARABIC: readonly string[] = ["home", "plans", "dashboard", "chat"];

/**
 * Takes a picture of the first screen, in few colours: text on plain backgrounds needs no more, and
 * the file is a third of the size.
 */
async function take(page: Page, name: string): Promise<void> {
  const picture = await page.screenshot();
  await sharp(picture)
    .png({ palette: true, colours: 64, dither: 0, effort: 10 })
    .toFile(join(FOLDER, `${name}.png`));
}

async function openPage(
  browser: Browser,
  site: string,
  locale: string,
  testPage: TestPage,
  viewers: Viewers,
): Promise<Page> {
  const context = await browser.newContext({
    baseURL: site,
    locale,
    viewport: SCREENS[0][1],
    reducedMotion: "reduce",
  });
  const as = viewers[testPage.as];
  if (as !== null)
    await context.addCookies([{ name: "farebox_session", value: as.refreshToken, url: site }]);
  const page = await context.newPage();
  await page.goto(pageUrl(testPage, viewers), { waitUntil: "networkidle" });
  return page;
}

/** Takes every page on every screen size, in light and in dark. */
async function takeAll(browser: Browser, site: string, viewers: Viewers): Promise<void> {
  for (const testPage of PAGES) {
    const page = await openPage(browser, site, "en", testPage, viewers);
    for (const [screen, size] of SCREENS)
      for (const colorScheme of THEMES) {
        await page.setViewportSize(size);
        await page.emulateMedia({ colorScheme });
        await take(page, `${testPage.name}-${screen}-${colorScheme}`);
      }
    await page.context().close();
    if (!ALSO_IN_ARABIC.includes(testPage.name)) continue;
    const arabic = await openPage(browser, site, "ar", testPage, viewers);
    await take(arabic, `${testPage.name}-arabic`);
    await arabic.context().close();
  }
}

const executablePath = findChromium();
const { stack, stop } = await startStack({});
try {
  const browser = await chromium.launch({ executablePath });
  await rm(FOLDER, { recursive: true, force: true });
  await mkdir(FOLDER, { recursive: true });
  const viewers = await createViewers(stack, { email: "ada@example.com", name: "Ada" });
  await takeAll(browser, stack.url.replace("127.0.0.1", "localhost"), viewers);
  await browser.close();
  console.log(`Every page is in ${relative(process.cwd(), FOLDER)}.`);
} finally {
  await stop();
}
