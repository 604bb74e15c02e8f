import { z } from "zod";
import { listProviders, setSessionCookie } from "../auth/index.ts";
import { ApiRefusal, unwrap } from "./api.ts";
import type { PageContext } from "./context.ts";
import { renderPage } from "./layout.tsx";
import { encodePathPart } from "./path-param.ts";
import { renderProblem } from "./problem-page.tsx";
import { ProviderButton } from "./provider-buttons.tsx";
import { type BegunSignIn, keepBegun, takeBegun } from "./provider-cookie.ts";
import { redirectToParent } from "./redirect-to-parent.ts";
import { refusalText } from "./refusal-text.ts";
import { renderSecondFactor } from "./second-factor.tsx";
import { renderSignForm } from "./sign-in.tsx";
import { toLocalPath } from "./to-local-path.ts";
import { flash } from "./ui/flash.ts";

const beginForm = z.object({ next: z.string().optional() });

const isProvider = (c: PageContext, providerId: string): boolean =>
  listProviders(c.var.ctx.config).some(({ id }) => id === providerId);

/** Returns a provider's name; its id where it is unknown, which the wire then says. */
const providerName = (c: PageContext, id: string): string =>
  listProviders(c.var.ctx.config).find((one) => one.id === id)?.name ?? id;

/**
 * Returns where the provider sends this browser back to: the host that it is on now, which has its
 * cookies. Undefined for a host that the wire would refuse: then it is that of PUBLIC_URL.
 */
export function callbackUri(c: PageContext, providerId: string): string | undefined {
  const { origin } = new URL(c.req.url);
  const path = `/login/${encodePathPart(providerId)}/callback`;
  return c.var.ctx.config.ALLOWED_ORIGINS.includes(origin) ? `${origin}${path}` : undefined;
}

/**
 * Leads to a provider's page. A redirect would need its origin in the CSP of every page with a form
 * (`form-action`), and an issuer says only when asked which origin that is.
 */
export function renderLeaving(c: PageContext, providerId: string, url: string, begun: BegunSignIn) {
  const { providers } = c.var.words;
  const name = providerName(c, providerId);
  keepBegun(c, begun);
  c.header("refresh", `0; url=${url}`);
  return renderPage(c, {
    title: providers.leaving(name),
    width: "narrow",
    children: (
      <>
        <h1>{providers.leaving(name)}</h1>
        <p>{providers.leavingText(name)}</p>
        <a class="button" href={url}>
          {providers.continueWith(name)}
        </a>
      </>
    ),
  });
}

/** Returns what a refusal of a sign-in says. The wire's words for a field tell a reader nothing. */
const providerRefusalText = (c: PageContext, error: ApiRefusal): string =>
  error.body.code === "invalid_request" ? c.var.words.providers.notBegun : refusalText(c, error);

/** Shows the sign-in page with what went wrong. */
const renderFailed = (c: PageContext, next: string, error: ApiRefusal) =>
  renderSignForm(c, "in", next, {
    problem: { text: providerRefusalText(c, error), status: error.status },
  });

/** `GET /login/:provider`: the button that begins, since a link alone signs nobody in. */
export function showProviderForm(c: PageContext) {
  const providerId = c.req.param("provider") ?? "";
  const { providers } = c.var.words;
  if (!isProvider(c, providerId)) return redirectToParent(c);
  const name = providerName(c, providerId);
  return renderPage(c, {
    title: providers.continueWith(name),
    width: "narrow",
    children: (
      <>
        <h1>{providers.continueWith(name)}</h1>
        <ProviderButton c={c} id={providerId} name={name} next={toLocalPath(c.req.query("next"))} />
      </>
    ),
  });
}

/** `POST /login/:provider`: begins a sign-in, and leads to the provider's page. */
export async function beginAtProvider(c: PageContext) {
  const providerId = c.req.param("provider") ?? "";
  const next = toLocalPath(beginForm.safeParse(await c.req.parseBody()).data?.next);
  try {
    const redirectUri = callbackUri(c, providerId);
    const { url, sealedState } = await unwrap(
      c.var.api.api.auth.providers[":providerId"].begin.$post({
        param: { providerId: encodePathPart(providerId) },
        json: redirectUri === undefined ? {} : { redirectUri },
      }),
    );
    return renderLeaving(c, providerId, url, { sealedState, next, isLink: false });
  } catch (error) {
    if (error instanceof ApiRefusal) return renderFailed(c, next, error);
    throw error;
  }
}

/** Signs in, or asks for the second factor. */
async function finishIn(c: PageContext, providerId: string, begun: BegunSignIn, answer: string) {
  const outcome = await unwrap(
    c.var.api.api.auth.providers[":providerId"].finish.$post({
      param: { providerId: encodePathPart(providerId) },
      json: { sealedState: begun.sealedState, answer },
    }),
  );
  if ("challengeId" in outcome)
    return renderSecondFactor(c, { challengeId: outcome.challengeId, next: begun.next });
  setSessionCookie(c, outcome.refreshToken);
  return c.redirect(begun.next, 303);
}

/** Adds the account there to the reader. */
async function finishLink(c: PageContext, providerId: string, begun: BegunSignIn, answer: string) {
  const json = { providerId, sealedState: begun.sealedState, answer };
  await unwrap(c.var.api.api.auth.identities.finish.$post({ json }));
  flash(c, "identityAdded");
  return c.redirect(begun.next, 303);
}

/** `GET /login/:provider/callback`: where a provider sends the browser back to. */
export async function finishAtProvider(c: PageContext) {
  const providerId = c.req.param("provider") ?? "";
  const nothing = { sealedState: "", next: toLocalPath(undefined), isLink: false };
  const begun = takeBegun(c) ?? nothing;
  const answer = new URL(c.req.url).search.slice(1);
  try {
    if (begun.isLink) return await finishLink(c, providerId, begun, answer);
    return await finishIn(c, providerId, begun, answer);
  } catch (error) {
    if (!(error instanceof ApiRefusal) || error.body.code === "invalid_token") throw error;
    if (begun.isLink) return renderProblem(c, error.status, providerRefusalText(c, error));
    return renderFailed(c, begun.next, error);
  }
}
