import { gzipSync } from "node:zlib";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, inject, it } from "vitest";
import { expectGoodPage } from "./check-page.ts";
import { PAGES, pageUrl, type TestPage } from "./pages.ts";
import { createViewers, type Viewers } from "./viewers.ts";
import { openWindow, site } from "./visit.ts";

/** The most that the HTML, styles, scripts and images of a page may weigh. */
const MAX_BYTES = 60 * 1024;

/**
 * Opens a page and counts the bytes that it loads from this site, each response compressed as the
 * edge does it. Fonts are not counted: they are loaded once, and text is shown before they come.
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
    if (response.url().startsWith(site) && response.request().resourceType() !== "font")
      sent.push(response.body().then((body) => gzipSync(body).byteLength));
  });
  await page.goto(pageUrl(testPage, viewers));
  return { page, bytes: (await Promise.all(sent)).reduce((sum, bytes) => sum + bytes, 0) };
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
        await expectGoodPage(page);
        expect(bytes).toBeLessThanOrEqual(MAX_BYTES);
      });
    });
  }
}
