import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults, RunOptions } from "axe-core";
import type { Page } from "playwright-core";

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/**
 * WCAG 2.0 to 2.2, levels A and AA, and what axe's authors hold good: landmarks, the order of
 * headings.
 */
const ALL: RunOptions = {
  runOnly: {
    type: "tag",
    values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  },
};
/** What depends on light or dark. */
const CONTRAST: RunOptions = { runOnly: { type: "rule", values: ["color-contrast"] } };

async function findings(page: Page, options: RunOptions): Promise<readonly string[]> {
  const { violations } = await page.evaluate<AxeResults>(`axe.run(${JSON.stringify(options)})`);
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ""}`),
  );
}

/** What axe finds wrong with the page that is shown, in light, and then in dark. */
export async function findA11yViolations(page: Page): Promise<readonly string[]> {
  // Not by a script element: those have to be our own.
  await page.evaluate(source);
  await page.emulateMedia({ colorScheme: "light" });
  const light = await findings(page, ALL);
  await page.emulateMedia({ colorScheme: "dark" });
  return [...light, ...(await findings(page, CONTRAST)).map((found) => `in dark: ${found}`)];
}
