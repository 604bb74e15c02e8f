import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults, RunOptions } from "axe-core";
import type { Page } from "playwright-core";

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** WCAG 2.0 to 2.2, levels A and AA, and axe's best practices: landmarks, the order of headings. */
const ALL: RunOptions = {
  runOnly: {
    type: "tag",
    values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  },
};
/** The rules that depend on the colour scheme. */
const CONTRAST: RunOptions = { runOnly: { type: "rule", values: ["color-contrast"] } };

async function runAxe(page: Page, options: RunOptions): Promise<readonly string[]> {
  const { violations } = await page.evaluate<AxeResults>(`axe.run(${JSON.stringify(options)})`);
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ""}`),
  );
}

/** Returns the violations that axe finds on the current page, in light and then in dark. */
export async function findA11yViolations(page: Page): Promise<readonly string[]> {
  // A script element would violate the policy, which allows only our own scripts.
  await page.evaluate(source);
  await page.emulateMedia({ colorScheme: "light" });
  const light = await runAxe(page, ALL);
  await page.emulateMedia({ colorScheme: "dark" });
  return [...light, ...(await runAxe(page, CONTRAST)).map((violation) => `in dark: ${violation}`)];
}
