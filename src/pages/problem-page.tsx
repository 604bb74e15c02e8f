import type { ContentfulStatusCode } from "hono/utils/http-status";
import { Notice } from "./components.tsx";
import type { PageContext } from "./context.ts";
import { renderPage } from "./layout.tsx";
import { toLocalPath } from "./to-local-path.ts";

/**
 * Returns the link to continue with: to the given page, to the same page if opening it again may
 * help, else to the home page.
 */
function resolveNextLink(
  c: PageContext,
  status: ContentfulStatusCode,
  backPath: string | undefined,
) {
  const { errors } = c.var.words;
  if (backPath !== undefined) return { href: backPath, text: errors.back };
  const isTransient = status >= 500 || status === 429;
  if (c.req.method !== "GET" || !isTransient) return { href: "/", text: errors.home };
  const { pathname, search } = new URL(c.req.url);
  return { href: toLocalPath(pathname + search), text: errors.retry };
}

/**
 * Answers with a page that says what went wrong.
 * @param backPath the page to continue at
 */
export const renderProblem = (
  c: PageContext,
  status: ContentfulStatusCode,
  message: string,
  backPath?: string,
) => {
  const { errors } = c.var.words;
  const title = status === 404 ? errors.notFoundTitle : errors.title;
  const { href, text } = resolveNextLink(c, status, backPath);
  return renderPage(
    c,
    {
      title,
      width: "narrow",
      children: (
        <>
          <h1>{title}</h1>
          <Notice kind="bad">
            <p dir="auto">{message}</p>
          </Notice>
          <a class="button plain" href={href}>
            {text}
          </a>
        </>
      ),
    },
    status,
  );
};
