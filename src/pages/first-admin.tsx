import { setSessionCookie } from "../auth/index.ts";
import { ApiRefusal, unwrap } from "./api.ts";
import { Field, Notice } from "./components.tsx";
import { isActiveAdmin, type PageContext } from "./context.ts";
import { renderPage } from "./layout.tsx";
import { trimInput } from "./parse-input.ts";
import { renderProblem } from "./problem-page.tsx";
import { refusalText } from "./refusal-text.ts";

interface FormState {
  readonly email?: string;
  readonly error?: ApiRefusal;
}

function renderForm(c: PageContext, { email, error }: FormState = {}) {
  const { setup, sign } = c.var.words;
  const { first: words } = setup;
  const errorAt = (field: string) => {
    if (error?.body.param !== field) return undefined;
    return field === "setupToken" ? words.wrong : refusalText(c, error);
  };
  const isShownAtField = ["setupToken", "email", "password"].includes(error?.body.param ?? "");
  return renderPage(
    c,
    {
      title: words.title,
      width: "narrow",
      children: (
        <>
          <h1>{words.title}</h1>
          <p class="lead">{words.lead}</p>
          {error === undefined || isShownAtField ? null : (
            <Notice kind="bad">{refusalText(c, error)}</Notice>
          )}
          <form method="post" action="/setup">
            <Field
              name="setupToken"
              type="password"
              label={words.token}
              hint={words.tokenHint}
              error={errorAt("setupToken")}
              autocomplete="off"
              required
            />
            <Field
              name="email"
              type="email"
              label={sign.email}
              value={email}
              error={errorAt("email")}
              autocomplete="email"
              required
            />
            <Field
              name="password"
              type="password"
              label={sign.password}
              hint={sign.passwordHint}
              error={errorAt("password")}
              autocomplete="new-password"
              minlength={8}
              required
            />
            <button type="submit">{words.create}</button>
          </form>
        </>
      ),
    },
    error?.status ?? 200,
  );
}

/** `GET /setup`: the sign-up of the first admin. Admins go on to the set-up itself. */
export async function showFirstAdminForm(c: PageContext) {
  if (isActiveAdmin(c.var.viewer)) return c.redirect("/admin/setup", 303);
  const { isAwaited } = await unwrap(c.var.api.api.auth["first-admin"].$get());
  return isAwaited
    ? renderForm(c)
    : renderProblem(c, 404, c.var.words.setup.first.done, "/login?next=%2Fadmin%2Fsetup");
}

/** `POST /setup`: signs the first admin up, and in. */
export async function submitFirstAdminForm(c: PageContext) {
  const form = await c.req.parseBody();
  const text = (name: string): string => {
    const value = form[name];
    return typeof value === "string" ? value : "";
  };
  const email = trimInput(text("email"));
  const json = { setupToken: text("setupToken"), email, password: text("password") };
  try {
    const { refreshToken } = await unwrap(c.var.api.api.auth["first-admin"].$post({ json }));
    setSessionCookie(c, refreshToken);
    return c.redirect("/admin/setup", 303);
  } catch (error) {
    if (error instanceof ApiRefusal) return renderForm(c, { email, error });
    throw error;
  }
}
