import { z } from "zod";
import { forgetSession, rememberSession } from "../auth/index.ts";
import { ApiRefusal, said } from "./api.ts";
import type { PageContext } from "./context.ts";
import { localPath } from "./local-path.ts";
import { Field, Notice } from "./parts.tsx";
import { show } from "./shell.tsx";

type Kind = "in" | "up";

const typed = z.object({
  email: z.string().trim(),
  password: z.string(),
  name: z.string().trim().optional(),
  next: z.string().optional(),
});

interface Shown {
  readonly email?: string;
  readonly name?: string | undefined;
  readonly problem?: ApiRefusal;
  /** Whether a page that needs it sent the reader here. */
  readonly isSent?: boolean;
}

function signPage(
  c: PageContext,
  kind: Kind,
  next: string,
  { email, name, problem, isSent = false }: Shown = {},
) {
  const { sign } = c.var.words;
  const [title, button] =
    kind === "in" ? [sign.inTitle, sign.inButton] : [sign.upTitle, sign.upButton];
  const wrong = (field: string) => (problem?.error.param === field ? problem.message : undefined);
  const general =
    problem !== undefined && wrong("email") === undefined && wrong("password") === undefined;
  // Without a reason, one goes on to where one would anyway.
  const goOn = next === localPath(undefined) ? "" : `?next=${encodeURIComponent(next)}`;
  const other = `${kind === "in" ? "/signup" : "/login"}${goOn}`;
  return show(
    c,
    {
      title,
      width: "narrow",
      children: (
        <>
          <h1>{title}</h1>
          {isSent ? <Notice>{c.var.words.errors.signInFirst}</Notice> : null}
          {general ? <Notice kind="bad">{problem.message}</Notice> : null}
          <form method="post">
            <input type="hidden" name="next" value={next} />
            <Field
              name="email"
              label={sign.email}
              type="email"
              value={email}
              problem={wrong("email")}
              autocomplete="email"
              required
            />
            {kind === "up" ? (
              <Field name="name" label={sign.name} value={name} autocomplete="name" />
            ) : null}
            <Field
              name="password"
              label={sign.password}
              type="password"
              {...(kind === "up" ? { hint: sign.passwordHint, minlength: 8 } : {})}
              problem={wrong("password")}
              autocomplete={kind === "in" ? "current-password" : "new-password"}
              required
            />
            <button type="submit">{button}</button>
          </form>
          <p class="muted">
            {kind === "in" ? sign.toUp : sign.toIn}{" "}
            <a href={other}>{kind === "in" ? sign.upTitle : sign.inTitle}</a>
          </p>
        </>
      ),
    },
    problem === undefined ? 200 : problem.status,
  );
}

/** `GET /login` and `GET /signup`. Who is signed in already goes on. */
export const askToSign = (kind: Kind) => (c: PageContext) => {
  const next = localPath(c.req.query("next"));
  const isSent = kind === "in" && c.req.query("next") !== undefined;
  return c.var.viewer === null ? signPage(c, kind, next, { isSent }) : c.redirect(next, 303);
};

/**
 * `POST /login` and `POST /signup`: the same as over the wire, and the session's token goes into
 * the browser's cookie.
 */
export const sign = (kind: Kind) => async (c: PageContext) => {
  const form = typed.safeParse(await c.req.parseBody());
  const { email = "", password = "", name, next } = form.data ?? {};
  const { register, login } = c.var.api.api.auth;
  try {
    const named = name === undefined || name === "" ? {} : { name };
    const { refreshToken } = await (kind === "up"
      ? said(register.$post({ json: { email, password, ...named } }))
      : said(login.$post({ json: { email, password } })));
    rememberSession(c, refreshToken);
    return c.redirect(localPath(next), 303);
  } catch (error) {
    if (error instanceof ApiRefusal)
      return signPage(c, kind, localPath(next), { email, name, problem: error });
    throw error;
  }
};

/** `POST /logout`: ends the session, and forgets the cookie. */
export async function signOut(c: PageContext) {
  const refreshToken = forgetSession(c);
  if (refreshToken !== undefined) await c.var.api.api.auth.logout.$post({ json: { refreshToken } });
  return c.redirect("/", 303);
}
