import type { Page } from "playwright-core";
import { expect } from "vitest";
import { findA11yViolations } from "./axe.ts";

/** The widths of a phone and of a small phone. */
const PHONES = [390, 320];

/**
 * A tenth more than Inter takes: as wide as the widest of the fonts that machines show until ours
 * arrive, so that no result hangs on the fonts that a machine has.
 */
const WIDER_LETTERS = "0.05em";

/**
 * Finds the width of a page that is wider than its window, and the elements that overflow it.
 */
const findOverflow = (page: Page): Promise<readonly string[]> =>
  page.evaluate(() => {
    const { clientWidth, scrollWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const overflowing = [...document.querySelectorAll("body *")].filter((element) => {
      const { left, right } = element.getBoundingClientRect();
      return right > clientWidth + 1 || left < -1;
    });
    return [`${scrollWidth} px`, ...overflowing.map((element) => element.outerHTML.slice(0, 100))];
  });

/** Widens every letter of a page, or no longer. */
const setLetterSpacing = (page: Page, spacing: string): Promise<void> =>
  page.evaluate((value) => {
    document.documentElement.style.letterSpacing = value;
  }, spacing);

/** Expects that axe finds nothing on a page, and that it fits phones, whatever their fonts. */
export async function expectGoodPage(page: Page): Promise<void> {
  expect(await findA11yViolations(page)).toEqual([]);
  for (const spacing of ["", WIDER_LETTERS]) {
    await setLetterSpacing(page, spacing);
    for (const width of PHONES) {
      await page.setViewportSize({ width, height: 800 });
      expect(await findOverflow(page), `at ${width} px, letters wider by ${spacing}`).toEqual([]);
    }
  }
  await setLetterSpacing(page, "");
}
