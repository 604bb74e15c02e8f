import type { Context } from "hono";
import { html } from "hono/html";
import type { SetupProblem } from "../errors.ts";
import { isOwnMachine } from "../example-settings.ts";
import { isFromProgram, isModelApiPath, isWirePath } from "../http/not-found.ts";
import { requestLanguage } from "../http/request-language.ts";
import { LANGUAGES } from "../languages.ts";
import { setupCommands } from "./setup-commands.ts";
import { arSetupProblems } from "./words/ar-setup-problems.ts";
import { enSetupProblems, type SetupProblemWords } from "./words/en-setup-problems.ts";

const WORDS = { en: enSetupProblems, ar: arSetupProblems };
const UNAVAILABLE = 503;

/** Whether a browser asks for a page. The wire answers in JSON whatever comes. */
export const wantsPage = (c: Pick<Context, "req">): boolean =>
  (c.req.method === "GET" || c.req.method === "HEAD") &&
  !isWirePath(c.req.path) &&
  !isModelApiPath(c.req.path) &&
  !/^\/(openapi\.json|health)/.test(c.req.path) &&
  !isFromProgram(c);

const Problem = ({ words, one }: { words: SetupProblemWords; one: SetupProblem }) => {
  const { name, problem, reason, purpose, example } = one;
  return (
    <li class="card">
      <h2>
        <code dir="ltr">{words.names[name] ?? name}</code>{" "}
        <span class={`badge ${problem === "missing" ? "warn" : "bad"}`}>
          {words.kinds[problem]}
        </span>
      </h2>
      <dl class="facts">
        {problem === "missing" ? null : (
          <div>
            <dt>{words.problem}</dt>
            <dd>{words.reasons[problem] ?? <bdi lang="en">{reason}</bdi>}</dd>
          </div>
        )}
        {purpose === null ? null : (
          <div>
            <dt>{words.purpose}</dt>
            <dd>{words.purposes[name] ?? purpose}</dd>
          </div>
        )}
        {example === null ? null : (
          <div>
            <dt>{words.example}</dt>
            <dd>
              <code dir="ltr">{example}</code>
            </dd>
          </div>
        )}
      </dl>
    </li>
  );
};

/**
 * Answers with the page of a Farebox that cannot run yet: everything that is missing or wrong, and
 * the commands that fix it. It needs no settings and no database, and shows no value.
 */
export function setupProblemsPage(c: Context, problems: readonly SetupProblem[]) {
  const language = requestLanguage(c);
  const words = WORDS[language];
  const isLocal = isOwnMachine(c.req.url);
  c.header("content-security-policy", "default-src 'none'; style-src 'self'; img-src 'self'");
  c.header("x-content-type-options", "nosniff");
  c.header("referrer-policy", "no-referrer");
  c.header("cache-control", "no-store");
  const page = (
    <html lang={language} dir={LANGUAGES[language].direction}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{words.title}</title>
        <link rel="icon" href="/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/farebox.css" />
        <link rel="stylesheet" href="/setup.css" />
      </head>
      <body>
        <main id="content" class="narrow setup-problems">
          <h1>{words.title}</h1>
          <p class="lead">{words.lead}</p>
          <p>
            <strong>{words.count(problems.length)}</strong>
          </p>
          <ul class="plain-list">
            {problems.map((one) => (
              <Problem words={words} one={one} />
            ))}
          </ul>
          <h2>{words.fix}</h2>
          <p>{isLocal ? words.fixLocal : words.fixDeployed}</p>
          <pre dir="ltr" tabindex={0}>
            {setupCommands(problems, isLocal).join("\n")}
          </pre>
          {isLocal ? null : (
            <>
              <p>{words.orDashboard}</p>
              <p>{words.urlIs(new URL(c.req.url).origin)}</p>
            </>
          )}
          {problems.every(({ name }) => name === "catalog") ? (
            <>
              <p>{words.orPage}</p>
              <p>
                <a class="button" href="/setup">
                  {words.openSetup}
                </a>
              </p>
            </>
          ) : null}
          <p class="muted">{words.more}</p>
        </main>
      </body>
    </html>
  );
  return c.html(html`<!doctype html>${page}`, UNAVAILABLE);
}
