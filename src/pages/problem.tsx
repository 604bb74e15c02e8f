import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { PageContext } from "./context.ts";
import { Notice } from "./parts.tsx";
import { show } from "./shell.tsx";

/** Says what did not work, and where to go on. */
export const problemPage = (c: PageContext, status: ContentfulStatusCode, message: string, back = "/") => {
  const { errors } = c.var.words;
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
          <a class="button plain" href={back}>
            {errors.retry}
          </a>
        </>
      ),
    },
    status,
  );
};
