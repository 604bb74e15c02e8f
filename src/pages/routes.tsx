import { csrf } from "hono/csrf";
import { HTTPException } from "hono/http-exception";
import { secureHeaders } from "hono/secure-headers";
import type { Config } from "../config.ts";
import { limitBody } from "../http/limits.ts";
import {
  isFromProgram,
  isModelApiPath,
  isPathWithoutBase,
  isWirePath,
  leadsSomewhere,
} from "../http/not-found.ts";
import { activityPage } from "./activity.tsx";
import { adminPages } from "./admin/routes.ts";
import { cancelPage, successPage } from "./after-payment.tsx";
import { marketplacePage } from "./agents/marketplace.tsx";
import { agentPages } from "./agents/routes.ts";
import { ApiRefusal, type WireHandler } from "./api.ts";
import { openPortal, setRenewal } from "./billing-forms.tsx";
import { changeSubscription, previewPage } from "./change-subscription.tsx";
import { chatPage, newChatPage } from "./chat.tsx";
import { deleteChat, payForChat, postMessage, renameChat } from "./chat-forms.tsx";
import { showConfirmForm, submitConfirmForm } from "./confirm-sign-up.tsx";
import {
  type PageContext,
  pageRouter,
  readLanguage,
  readViewer,
  requireSignIn,
  setCacheControl,
} from "./context.ts";
import { creditsPage } from "./credits.tsx";
import { dashboardPage } from "./dashboard.tsx";
import { docsPage } from "./docs/docs.tsx";
import { homePage } from "./home.tsx";
import { createKey, keysPage, revokeKey } from "./keys.tsx";
import { limitReaders } from "./limit-readers.ts";
import {
  showForgotForm,
  showResetForm,
  submitForgotForm,
  submitResetForm,
} from "./new-password.tsx";
import { pricingPage } from "./pricing.tsx";
import { renderProblem } from "./problem-page.tsx";
import { refusalText } from "./refusal-text.ts";
import { requireFormBody } from "./require-form-body.ts";
import { showSignForm, signOut, submitSignForm } from "./sign-in.tsx";
import { startCheckout } from "./start-checkout.ts";
import { sendVerifyMail, showVerifyForm, submitVerifyForm } from "./verify-email.tsx";

/** Returns the origins of Stripe's pages. Forms redirect there, which the CSP has to allow. */
const stripePages = ({ STRIPE_API_BASE }: Pick<Config, "STRIPE_API_BASE">): string[] =>
  STRIPE_API_BASE === undefined
    ? ["https://checkout.stripe.com", "https://billing.stripe.com"]
    : [STRIPE_API_BASE];

/**
 * Security headers. Only our own files run or load: no other host is told who reads a page, not
 * even that of an agent's picture.
 */
const securityHeaders = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'"],
    connectSrc: ["'self'"],
    formAction: ["'self'", (c) => stripePages(c.get("ctx").config).join(" ")],
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
  },
});

/** Answers an error with a page: a refusal with its message, a 401 with the sign-in page. */
function onError(error: Error, c: PageContext) {
  // Hono's csrf middleware throws it.
  if (error instanceof HTTPException && error.status === 403)
    return renderProblem(c, 403, c.var.words.errors.foreign);
  if (!(error instanceof ApiRefusal)) throw error;
  if (error.status === 401) {
    const { pathname, search } = new URL(c.req.url);
    return c.redirect(`/login?next=${encodeURIComponent(pathname + search)}`, 303);
  }
  return renderProblem(c, error.status, refusalText(c, error));
}

/**
 * Builds the router of all pages.
 * @param handleWire the wire, which is all that pages know of the other rooms
 */
export const pageRoutes = (handleWire: WireHandler) =>
  pageRouter()
    .use(async (c, next) =>
      isWirePath(c.req.path) || isPathWithoutBase(c.req.path) || !leadsSomewhere(c)
        ? await c.notFound()
        : await next(),
    )
    .use(
      securityHeaders,
      limitBody,
      ...readLanguage,
      csrf(),
      readViewer(handleWire),
      setCacheControl,
      limitReaders,
      requireFormBody,
    )
    .get("/", homePage)
    .get("/pricing", pricingPage)
    .post("/buy", startCheckout)
    .get("/dashboard", requireSignIn, dashboardPage)
    .post("/billing", requireSignIn, openPortal)
    .post("/subscription/cancel", requireSignIn, setRenewal("cancel"))
    .post("/subscription/resume", requireSignIn, setRenewal("resume"))
    .get("/change", requireSignIn, previewPage)
    .post("/change", requireSignIn, changeSubscription)
    .get("/credits", requireSignIn, creditsPage)
    .get("/activity", requireSignIn, activityPage)
    .get("/keys", requireSignIn, keysPage)
    .post("/keys", requireSignIn, createKey)
    .post("/keys/:keyId/revoke", requireSignIn, revokeKey)
    .get("/chat", requireSignIn, newChatPage)
    .post("/chat", requireSignIn, postMessage)
    .get("/chat/:id", requireSignIn, chatPage)
    .post("/chat/:id", requireSignIn, postMessage)
    .post("/chat/:id/rename", requireSignIn, renameChat)
    .post("/chat/:id/delete", requireSignIn, deleteChat)
    .post("/chat/:id/pay", requireSignIn, payForChat)
    .get("/marketplace", marketplacePage)
    .route("/agents", agentPages)
    .route("/admin", adminPages)
    .get("/docs", docsPage(handleWire))
    .get("/success", successPage)
    .get("/cancel", cancelPage)
    .get("/login", showSignForm("in"))
    .post("/login", submitSignForm("in"))
    .get("/signup", showSignForm("up"))
    .post("/signup", submitSignForm("up"))
    .get("/confirm", showConfirmForm)
    .post("/confirm", submitConfirmForm)
    .get("/verify", requireSignIn, showVerifyForm)
    .post("/verify", requireSignIn, submitVerifyForm)
    .post("/verify/send", requireSignIn, sendVerifyMail)
    .get("/forgot", showForgotForm)
    .post("/forgot", submitForgotForm)
    .get("/reset", showResetForm)
    .post("/reset", submitResetForm)
    .post("/logout", signOut)
    .get("*", (c) =>
      isModelApiPath(c.req.path) || isFromProgram(c)
        ? c.notFound()
        : renderProblem(c, 404, c.var.words.errors.notFound),
    )
    .onError(onError);
