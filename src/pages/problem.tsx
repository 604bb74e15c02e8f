import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { PageContext } from "./context.ts";
import { localPath } from "./local-path.ts";
import { Notice } from "./parts.tsx";
import { show } from "./shell.tsx";

/**
 * Where the reader goes on: to the same page where it was only opened and the reason may pass, and
 * else where it makes sense.
 */
function wayOn(c: PageContext, status: ContentfulStatusCode, backPath: string | undefined) {
  const { errors } = c.var.words;
  if (backPath !== undefined) return { href: backPath, text: errors.back };
  const mayPass = status >= 500 || status === 429;
  if (c.req.method !== "GET" || !mayPass) return { href: "/", text: errors.home };
  const { pathname, search } = new URL(c.req.url);
  return { href: localPath(pathname + search), text: errors.retry };
}

/**
 * Says what did not work, and where to go on. @param back a page that is better to go on from than
 * any other
 */
export const problemPage = (
  c: PageContext,
  status: ContentfulStatusCode,
  message: string,
  backPath?: string,
) => {
  const { errors } = c.var.words;
  const { href, text } = wayOn(c, status, backPath);
  return show(
    c,
    {
      title: errors.title,
      width: "narrow",
      children: (
        <>
          <h1>{errors.title}</h1>
          <Notice kind="bad">
            <p>{message}</p>
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
