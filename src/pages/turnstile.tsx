import { isTurnstileOn } from "../config.ts";
import { Notice } from "./components.tsx";
import type { PageContext } from "./context.ts";

/** The pages whose forms show Turnstile's widget, and the form that its token is for. */
const ACTIONS: Readonly<Record<string, string>> = {
  "/signup": "sign-up",
  "/forgot": "forgot-password",
};

const actionOf = ({ req, var: { ctx } }: PageContext): string | undefined =>
  isTurnstileOn(ctx.config) ? ACTIONS[req.path] : undefined;

/** Returns the origin that a page's scripts and frames come from beside our own; null for none. */
export const turnstileOrigin = (c: PageContext): string | null =>
  actionOf(c) === undefined ? null : c.var.ctx.config.TURNSTILE_API_BASE;

/**
 * Turnstile's widget in a form, where it is set up: it fills the field `turnstileToken`. Its script
 * and frame are the only things that a page loads from another host.
 */
export function TurnstileWidget({ c, isRefused }: { c: PageContext; isRefused: boolean }) {
  const action = actionOf(c);
  if (action === undefined) return null;
  const { TURNSTILE_API_BASE, TURNSTILE_SITE_KEY } = c.var.ctx.config;
  const { turnstile } = c.var.words;
  return (
    <>
      {isRefused ? <Notice kind="bad">{turnstile.again}</Notice> : null}
      <div
        class="cf-turnstile"
        data-sitekey={TURNSTILE_SITE_KEY}
        data-action={action}
        data-language={c.var.language}
        data-size="flexible"
        data-response-field-name="turnstileToken"
      />
      <noscript>{turnstile.needsScript}</noscript>
      <script src={`${TURNSTILE_API_BASE}/turnstile/v0/api.js`} async defer />
    </>
  );
}
