import { mkdir, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import sharp from "sharp";
import { digestPageSources, SCREENSHOT_FOLDER } from "../../dev/screenshots/digest.ts";
import { startStack } from "../journeys/support/stack.ts";
import { findChromium } from "./support/chromium.ts";
import { PAGES, pageUrl, type TestPage } from "./support/pages.ts";
import { createViewers, type Viewers } from "./support/viewers.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const FOLDER = join(ROOT, SCREENSHOT_FOLDER);

const DESKTOP = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };
const LANGUAGES = ["en", "ar"] as const;
const THEMES = ["light", "dark"] as const;
/** The pages that the documents show by themselves. */
const SHOWN: readonly string[] = ["home", "plans", "dashboard", "chat", "admin"];

/** Where a picture stands on its page's sheet, and how wide. The height follows. */
const CELL = { desktop: 960, phone: 270, gap: 16 };

/** A picture of a page's first screen. */
interface Shot {
  readonly png: Uint8Array;
  readonly left: number;
  readonly top: number;
  readonly width: number;
}

/** Puts all pictures of a page on one sheet: English above Arabic, light before dark. */
async function writeSheet(name: string, shots: readonly Shot[]): Promise<void> {
  const cells = await Promise.all(
    shots.map(async ({ png, left, top, width }) => ({
      input: await sharp(png).resize({ width }).png().toBuffer(),
      left,
      top,
    })),
  );
  const { desktop, phone, gap } = CELL;
  const height = Math.ceil(desktop / (DESKTOP.width / DESKTOP.height));
  await sharp({
    create: {
      width: 2 * (desktop + phone) + 5 * gap,
      height: 2 * height + 3 * gap,
      channels: 3,
      background: "#808080",
    },
  })
    .composite(cells)
    .webp({ quality: 70, effort: 6 })
    .toFile(join(FOLDER, `${name}.webp`));
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
    viewport: DESKTOP,
    reducedMotion: "reduce",
  });
  const as = viewers[testPage.as];
  if (as !== null)
    await context.addCookies([{ name: "farebox_session", value: as.refreshToken, url: site }]);
  const page = await context.newPage();
  await page.goto(pageUrl(testPage, viewers), { waitUntil: "networkidle" });
  return page;
}

/** Takes a page in both languages and themes, on both screens. */
async function takePage(browser: Browser, site: string, testPage: TestPage, viewers: Viewers) {
  const { desktop, phone, gap } = CELL;
  const rowHeight = desktop / (DESKTOP.width / DESKTOP.height) + gap;
  const shots: Shot[] = [];
  for (const [row, language] of LANGUAGES.entries()) {
    const page = await openPage(browser, site, language, testPage, viewers);
    for (const [column, colorScheme] of THEMES.entries()) {
      await page.emulateMedia({ colorScheme });
      const top = Math.round(gap + row * rowHeight);
      await page.setViewportSize(DESKTOP);
      const wide = await page.screenshot();
      shots.push({ png: wide, left: gap + column * (desktop + gap), top, width: desktop });
      if (SHOWN.includes(testPage.name) && language === "en" && colorScheme === "light")
        await sharp(wide)
          .webp({ quality: 80, effort: 6 })
          .toFile(join(FOLDER, "shown", `${testPage.name}.webp`));
      await page.setViewportSize(PHONE);
      const left = gap + 2 * (desktop + gap) + column * (phone + gap);
      shots.push({ png: await page.screenshot(), left, top, width: phone });
    }
    await page.context().close();
  }
  await writeSheet(testPage.name, shots);
}

const executablePath = findChromium();
const { stack, stop } = await startStack({});
try {
  const browser = await chromium.launch({ executablePath });
  await rm(FOLDER, { recursive: true, force: true });
  await mkdir(join(FOLDER, "shown"), { recursive: true });
  const viewers = await createViewers(stack, { email: "ada@example.com", name: "Ada" });
  const site = stack.url.replace("127.0.0.1", "localhost");
  for (const testPage of PAGES) await takePage(browser, site, testPage, viewers);
  await browser.close();
  await writeFile(join(FOLDER, "made-from.txt"), `${digestPageSources(ROOT)}\n`);
  console.log(`Every page is in ${relative(process.cwd(), FOLDER)}.`);
} finally {
  await stop();
}
