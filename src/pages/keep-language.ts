import { createMiddleware } from "hono/factory";
import { unwrap } from "./api.ts";
import type { PageEnv } from "./context.ts";

/**
 * Middleware that keeps the language which a signed-in reader has just chosen, for their mails. A
 * page is shown in it even where that fails.
 */
export const keepLanguage = createMiddleware<PageEnv>(async (c, next) => {
  const { viewer, language, api } = c.var;
  if (viewer !== null && c.req.query("lang") === language)
    await unwrap(
      api.api.users[":userId"]["mail-preferences"].$patch({
        param: { userId: "me" },
        json: { language },
      }),
    ).catch(() => {});
  await next();
});
