import { clearSessionCookie } from "../../auth/index.ts";
import { clearSiteData } from "../../http/clear-site-data.ts";
import { ApiRefusal, expectNoContent, unwrap } from "../api.ts";
import { Field, Notice } from "../components.tsx";
import type { PageContext } from "../context.ts";
import { renderPage } from "../layout.tsx";
import { readFields } from "./account.tsx";
import { FormRefusal, fieldError, type RefusedForm } from "./refused-form.tsx";

const FORM = "delete";

/** Says why the account has to wait for its end: something is owed, or under way. */
function waitText(c: PageContext, { error }: RefusedForm): string | undefined {
  const { waits } = c.var.words.account;
  if (error.body.code !== "conflict") return undefined;
  return Object.entries(waits).find(([param]) => param === error.body.param)?.[1];
}

async function renderDelete(c: PageContext, refused: RefusedForm | null) {
  const { account: words } = c.var.words;
  const { hasPassword } = await unwrap(c.var.api.api.auth["sign-in-methods"].$get());
  const wait = refused === null ? undefined : waitText(c, refused);
  const props = { c, refused };
  return renderPage(
    c,
    {
      title: words.deleteTitle,
      width: "narrow",
      children: (
        <>
          <h1>{words.deleteTitle}</h1>
          <Notice kind="warn">{words.deleteLead}</Notice>
          <ul>
            {words.deleteEffects.map((effect) => (
              <li>{effect}</li>
            ))}
          </ul>
          {wait === undefined ? (
            <FormRefusal {...props} form={FORM} params={["currentPassword"]} />
          ) : (
            <Notice kind="bad">{wait}</Notice>
          )}
          <form method="post">
            {hasPassword ? (
              <Field
                name="currentPassword"
                label={words.currentPassword}
                type="password"
                error={fieldError(props, FORM, "currentPassword")}
                autocomplete="current-password"
                required
              />
            ) : (
              <p class="hint">{words.recentHint}</p>
            )}
            <button type="submit" class="danger">
              {words.deleteConfirm}
            </button>
          </form>
          <p>
            <a href="/account">{words.deleteNotNow}</a>
          </p>
        </>
      ),
    },
    refused?.error.status ?? 200,
  );
}

/** `GET /account/delete`: says what a deletion does, and asks once. */
export const deletePage = (c: PageContext) => renderDelete(c, null);

/** Whether the erasure has begun: what could not be reached is done by the cron, within minutes. */
const hasBegun = ({ body }: ApiRefusal): boolean => body.code === "billing_unavailable";

/** `POST /account/delete`: deletes the account, and signs out. */
export async function deleteAccount(c: PageContext) {
  const { currentPassword } = await readFields(c);
  const json = currentPassword === undefined ? {} : { currentPassword };
  try {
    const param = { userId: "me" };
    await expectNoContent(c.var.api.api.users[":userId"].$delete({ param, json }));
  } catch (error) {
    if (!(error instanceof ApiRefusal)) throw error;
    if (!hasBegun(error)) {
      if (error.status === 401 && error.body.code !== "invalid_credentials") throw error;
      return await renderDelete(c, { form: FORM, error, values: {} });
    }
  }
  clearSessionCookie(c);
  clearSiteData(c);
  return c.redirect("/account/deleted", 303);
}

/** `GET /account/deleted`: says that it is done. */
export const deletedPage = (c: PageContext) => {
  const { account: words } = c.var.words;
  return renderPage(c, {
    title: words.deletedTitle,
    width: "narrow",
    children: (
      <>
        <h1>{words.deletedTitle}</h1>
        <p>{words.deletedText}</p>
        <a class="button plain" href="/">
          {words.deletedHome}
        </a>
      </>
    ),
  });
};
