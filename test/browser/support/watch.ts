import type { Page } from "playwright-core";

/**
 * Records forbidden behaviour of a page: logging an error or a warning (a violation of the
 * Content-Security-Policy is one), throwing, a failed request. Stripe's own page may.
 * @param sites the origins of our pages
 * @param expected messages that a page may log in this test
 */
export function watchForProblems(
  page: Page,
  sites: readonly string[],
  problems: string[],
  expected: readonly RegExp[] = [],
): void {
  const addProblem = (problem: string): void => {
    if (
      sites.some((site) => page.url().startsWith(site)) &&
      !expected.some((pattern) => pattern.test(problem))
    )
      problems.push(`${page.url()}: ${problem}`);
  };
  page.on("console", (message) => {
    if (["error", "warning", "assert"].includes(message.type()))
      addProblem(`${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => addProblem(`throws ${error.message}`));
  page.on("response", (response) => {
    if (response.status() >= 400)
      addProblem(`${response.status()} ${response.request().method()} ${response.url()}`);
  });
  page.on("requestfailed", (request) => {
    const reason = request.failure()?.errorText ?? "";
    // The page was left before this had loaded.
    if (reason !== "net::ERR_ABORTED") addProblem(`${reason} ${request.url()}`);
  });
}
