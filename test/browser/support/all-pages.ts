import { gzipSync } from "node:zlib";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, inject, it } from "vitest";
import { findA11yViolations } from "./axe.ts";
import { PAGES, pageUrl, type TestPage } from "./pages.ts";
import { createViewers, type Viewers } from "./viewers.ts";
import { openWindow, site } from "./visit.ts";

const MAX_BYTES = 60 * 1024;

/**
 * Opens a page, and counts what it sends: all that is loaded from here, each compressed as the edge
 * does it.
 */
async function openMeasured(
  shown: TestPage,
  viewers: Viewers,
  locale: string,
): Promise<{ page: Page; bytes: number }> {
  const as = viewers[shown.as];
  const page = await openWindow({ locale, ...(as === null ? {} : { as }) });
  const sent: Promise<number>[] = [];
  page.on("response", (response) => {
    if (response.url().startsWith(site))
      sent.push(response.body().then((body) => gzipSync(body).byteLength));
  });
  await page.goto(pageUrl(shown, viewers));
  return { page, bytes: (await Promise.all(sent)).reduce((sum, bytes) => sum + bytes, 0) };
}

/** The widths of a phone, and of a small one. */
const PHONES = [390, 320];

/**
 * How wide the page is where it is wider than a window of this width, and what reaches out of it.
 */
async function findOverflow(page: Page, width: number): Promise<readonly string[]> {
  await page.setViewportSize({ width, height: 800 });
  return await page.evaluate(() => {
    const { clientWidth, scrollWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const overflowing = [...document.querySelectorAll("body *")].filter((element) => {
      const { left, right } = element.getBoundingClientRect();
      return right > clientWidth + 1 || left < -1;
    });
    return [`${scrollWidth} px`, ...overflowing.map((element) => element.outerHTML.slice(0, 100))];
  });
}

/**
 * What every page promises, in one language. That none logs an error or is refused by its policy,
 * every window sees to.
 */
export function testAllPages(locale: string): void {
  let viewers: Viewers;
  beforeAll(async () => {
    viewers = await createViewers(inject("stack"));
  });

  for (const shown of PAGES) {
    describe(`${shown.path}, seen by a ${shown.as}`, () => {
      it("can be read and used by everybody, in light and in dark, fits a phone, and is light enough for a slow line", async () => {
        const { page, bytes } = await openMeasured(shown, viewers, locale);
        expect(await page.locator("html").getAttribute("lang")).toBe(locale);
        expect(page.url()).toBe(site + pageUrl(shown, viewers));
        expect(await findA11yViolations(page)).toEqual([]);
        for (const width of PHONES)
          expect(await findOverflow(page, width), `at ${width} px`).toEqual([]);
        expect(bytes).toBeLessThanOrEqual(MAX_BYTES);
      });
    });
  }
}
