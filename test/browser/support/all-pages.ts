import { gzipSync } from "node:zlib";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, inject, it } from "vitest";
import { findA11yViolations } from "./axe.ts";
import { PAGES, pageUrl, type TestPage } from "./pages.ts";
import { createViewers, type Viewers } from "./viewers.ts";
import { openWindow, site } from "./visit.ts";

const MAX_BYTES = 60 * 1024;

/**
 * Opens a page and counts the bytes that it loads from this site, each response compressed as the
 * edge does it.
 */
async function openMeasured(
  testPage: TestPage,
  viewers: Viewers,
  locale: string,
): Promise<{ page: Page; bytes: number }> {
  const as = viewers[testPage.as];
  const page = await openWindow({ locale, ...(as === null ? {} : { as }) });
  const sent: Promise<number>[] = [];
  page.on("response", (response) => {
    if (response.url().startsWith(site))
      sent.push(response.body().then((body) => gzipSync(body).byteLength));
  });
  await page.goto(pageUrl(testPage, viewers));
  return { page, bytes: (await Promise.all(sent)).reduce((sum, bytes) => sum + bytes, 0) };
}

/** The widths of a phone and of a small phone. */
const PHONES = [390, 320];

/**
 * Finds the width of a page that is wider than a window of the given width, and the elements that
 * overflow it.
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
 * Tests the promises of every page, in one language. Every window checks that no page logs an error
 * or violates its policy.
 */
export function testAllPages(locale: string): void {
  let viewers: Viewers;
  beforeAll(async () => {
    viewers = await createViewers(inject("stack"));
  });

  for (const testPage of PAGES) {
    describe(`${testPage.path}, seen by a ${testPage.as}`, () => {
      it("is accessible in light and dark, fits a phone, and loads few bytes", async () => {
        const { page, bytes } = await openMeasured(testPage, viewers, locale);
        expect(await page.locator("html").getAttribute("lang")).toBe(locale);
        expect(page.url()).toBe(site + pageUrl(testPage, viewers));
        expect(await findA11yViolations(page)).toEqual([]);
        for (const width of PHONES)
          expect(await findOverflow(page, width), `at ${width} px`).toEqual([]);
        expect(bytes).toBeLessThanOrEqual(MAX_BYTES);
      });
    });
  }
}
