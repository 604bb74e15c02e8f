import { raw } from "hono/html";
import { renderSVG } from "uqr";
import { type ApiClient, ApiRefusal, expectNoContent, type SuccessBody, unwrap } from "../api.ts";
import { Field, Notice } from "../components.tsx";
import type { PageContext } from "../context.ts";
import type { FormValues } from "../form-components.tsx";
import { formatTime } from "../format.ts";
import { renderPage } from "../layout.tsx";
import { refusalText } from "../refusal-text.ts";
import type { Flash } from "../ui/flash.ts";
import { CurrentPassword } from "./current-password.tsx";
import { FormRefusal, type GuardedSectionProps } from "./refused-form.tsx";

export type SignInMethods = SuccessBody<ApiClient["api"]["auth"]["sign-in-methods"]["$get"]>;

/** The reader's authenticator app, or the form that adds one. */
export function SecondFactorSection(props: GuardedSectionProps & { methods: SignInMethods }) {
  const { c, methods } = props;
  const { factors: words } = c.var.words;
  const { totp } = methods;
  return (
    <section class="card">
      <h2>{words.codeTitle}</h2>
      {totp === null ? (
        <AddApp {...props} />
      ) : (
        <>
          <p>{words.appSince(formatTime(c, totp.addedAt))}</p>
          <p>{words.codesLeft(totp.recoveryCodesLeft)}</p>
          <details open={props.refused?.form === "recovery-codes"}>
            <summary>{words.newCodes}</summary>
            <p>{words.newCodesHint}</p>
            <FormRefusal {...props} form="recovery-codes" params={["currentPassword"]} />
            <form method="post" action="/account/recovery-codes">
              <CurrentPassword {...props} form="recovery-codes" />
              <button type="submit" class="plain">
                {words.newCodes}
              </button>
            </form>
          </details>
          <details open={props.refused?.form === "totp/remove"}>
            <summary>{words.removeApp}</summary>
            <p>{words.removeAppHint}</p>
            <FormRefusal {...props} form="totp/remove" params={["currentPassword"]} />
            <form method="post" action="/account/totp/remove">
              <CurrentPassword {...props} form="totp/remove" />
              <button type="submit" class="danger">
                {words.removeApp}
              </button>
            </form>
          </details>
        </>
      )}
    </section>
  );
}

function AddApp(props: GuardedSectionProps) {
  const { factors: words } = props.c.var.words;
  return (
    <>
      <p class="muted">{words.appHint}</p>
      <FormRefusal {...props} form="totp" params={["currentPassword"]} />
      <form method="post" action="/account/totp">
        <CurrentPassword {...props} form="totp" />
        <button type="submit" class="plain">
          {words.addApp}
        </button>
      </form>
    </>
  );
}

/** The new app as the page shows it, until its first code. */
interface NewApp {
  readonly secret: string;
  readonly uri: string;
}

/** Shows the secret of a new app, to scan or to type, and asks for its first code. */
function renderNewApp(c: PageContext, { secret, uri }: NewApp, error?: ApiRefusal) {
  const { factors: words } = c.var.words;
  const isOfCode = error?.body.param === "code";
  return renderPage(
    c,
    {
      title: words.addApp,
      width: "narrow",
      children: (
        <>
          <h1>{words.addApp}</h1>
          {error === undefined || isOfCode ? null : (
            <Notice kind="bad">{refusalText(c, error)}</Notice>
          )}
          <p>{words.scan}</p>
          <figure class="qr" role="img" aria-label={words.qr}>
            {raw(renderSVG(uri, { border: 2 }))}
          </figure>
          <p>{words.typeSecret}</p>
          <p>
            <code dir="ltr">{secret.match(/.{1,4}/g)?.join(" ")}</code>
          </p>
          <form method="post" action="/account/totp/confirm">
            <input type="hidden" name="secret" value={secret} />
            <input type="hidden" name="uri" value={uri} />
            <Field
              name="code"
              label={words.firstCode}
              error={isOfCode ? words.wrongCode : undefined}
              autocomplete="one-time-code"
              required
            />
            <button type="submit">{words.confirmApp}</button>
          </form>
          <p class="muted">
            <a href="/account">{words.cancel}</a>
          </p>
        </>
      ),
    },
    error === undefined ? 200 : error.status,
  );
}

/** Shows recovery codes, this once. */
function renderRecoveryCodes(c: PageContext, codes: readonly string[]) {
  const { factors: words } = c.var.words;
  return renderPage(c, {
    title: words.codesTitle,
    width: "narrow",
    children: (
      <>
        <h1>{words.codesTitle}</h1>
        <Notice kind="warn">{words.keepCodes}</Notice>
        <pre id="recovery-codes" dir="ltr">
          {codes.join("\n")}
        </pre>
        <p>
          <a class="button" href="/account">
            {words.codesKept}
          </a>
        </p>
      </>
    ),
  });
}

const passwordJson = ({ currentPassword }: FormValues) =>
  currentPassword === undefined ? {} : { currentPassword };

/** `POST /account/totp`: begins a new app. */
export async function beginApp(c: PageContext, values: FormValues) {
  const app = await unwrap(c.var.api.api.auth.totp.$post({ json: passwordJson(values) }));
  return await renderNewApp(c, app);
}

/** `POST /account/totp/confirm`: makes the new app a second factor by its code. */
export async function confirmApp(c: PageContext, values: FormValues) {
  const { code = "", secret = "", uri = "" } = values;
  try {
    const json = { code: code.replaceAll(/\s/g, "") };
    const { recoveryCodes } = await unwrap(c.var.api.api.auth.totp.confirm.$post({ json }));
    return await renderRecoveryCodes(c, recoveryCodes);
  } catch (error) {
    if (error instanceof ApiRefusal && uri.startsWith("otpauth://"))
      return await renderNewApp(c, { secret, uri }, error);
    throw error;
  }
}

/** `POST /account/recovery-codes`: puts new codes in place of the old ones. */
export async function renewCodes(c: PageContext, values: FormValues) {
  const route = c.var.api.api.auth["recovery-codes"];
  const { recoveryCodes } = await unwrap(route.$post({ json: passwordJson(values) }));
  return await renderRecoveryCodes(c, recoveryCodes);
}

/** `POST /account/totp/remove`: removes the app. */
export async function removeApp(c: PageContext, values: FormValues): Promise<Flash> {
  await expectNoContent(c.var.api.api.auth.totp.$delete({ json: passwordJson(values) }));
  return "appRemoved";
}
