import type { Page } from "playwright-core";

/**
 * Notes what a page must not do: log an error or a warning (a refusal by the
 * Content-Security-Policy is one), throw, ask for what cannot be had. Stripe's own page may.
 * @param sites where pages of ours are
 * @param expected what the page may say in this test, a refusal that the test asks for
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
      !expected.some((words) => words.test(problem))
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
    // The page went on to another one before this had come.
    if (reason !== "net::ERR_ABORTED") addProblem(`${reason} ${request.url()}`);
  });
}
