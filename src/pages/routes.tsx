import { except } from "hono/combine";
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
import { accountPages } from "./account/routes.ts";
import { activityPage } from "./activity.tsx";
import { activityChatPage } from "./activity-chat.tsx";
import { adminPages } from "./admin/routes.ts";
import { cancelPage, successPage } from "./after-payment.tsx";
import { marketplacePage } from "./agents/marketplace.tsx";
import { agentPages } from "./agents/routes.ts";
import { ApiRefusal, type WireHandler } from "./api.ts";
import { openPortal, setRenewal } from "./billing-forms.tsx";
import { changeSubscription, previewPage } from "./change-subscription.tsx";
import { deleteChat, payForChat, postMessage, renameChat, switchBranch } from "./chat/forms.tsx";
import { chatPage, newChatPage } from "./chat/page.tsx";
import { showConfirmForm, submitConfirmForm } from "./confirm-sign-up.tsx";
import {
  type PageContext,
  pageRouter,
  readBrand,
  readLanguage,
  readViewer,
  requireSignIn,
  setCacheControl,
} from "./context.ts";
import { creditsPage } from "./credits.tsx";
import { dashboardPage } from "./dashboard.tsx";
import { docsPages } from "./docs/routes.ts";
import { showFirstAdminForm, submitFirstAdminForm } from "./first-admin.tsx";
import { homePage } from "./home.tsx";
import { keepLanguage } from "./keep-language.ts";
import { keyPage, rotateKey, setKeyDisabled, updateKey } from "./keys/key.tsx";
import { createKey, keysPage, revokeKey } from "./keys/keys.tsx";
import { limitReaders } from "./limit-readers.ts";
import { showMailPreferences, submitMailPreferences } from "./mail-preferences.tsx";
import {
  showForgotForm,
  showResetForm,
  submitForgotForm,
  submitResetForm,
} from "./new-password.tsx";
import { orderPages } from "./orders/routes.ts";
import { beginPasskeySignIn, submitPasskeySignIn } from "./passkey-sign-in.tsx";
import { pricingPage } from "./pricing.tsx";
import { renderProblem } from "./problem-page.tsx";
import { beginAtProvider, finishAtProvider, showProviderForm } from "./provider-sign-in.tsx";
import { redirectTo, redirectToParent } from "./redirect-to-parent.ts";
import { refusalText } from "./refusal-text.ts";
import { requireCatalog } from "./require-catalog.ts";
import { requireFormBody } from "./require-form-body.ts";
import { submitSecondFactor } from "./second-factor.tsx";
import { setupProblemsPage, wantsPage } from "./setup-problems.tsx";
import { showSignForm, signOut, submitSignForm } from "./sign-in.tsx";
import { robotsFile, sitemapFile } from "./site-files.ts";
import { showPricesInstead, startCheckout } from "./start-checkout.ts";
import { keepTheme } from "./theme.ts";
import { turnstileOrigin } from "./turnstile.tsx";
import { galleryPage, onlyInDevelopment } from "./ui/gallery.tsx";
import { showUnsubscribeForm, submitUnsubscribeForm } from "./unsubscribe.tsx";
import { sendVerifyMail, showVerifyForm, submitVerifyForm } from "./verify-email.tsx";

/** Returns the origins of Stripe's pages. Forms redirect there, which the CSP has to allow. */
const stripePages = ({
  STRIPE_API_BASE,
  STRIPE_CHECKOUT_ORIGINS,
}: Pick<Config, "STRIPE_API_BASE" | "STRIPE_CHECKOUT_ORIGINS">): string[] => [
  ...(STRIPE_API_BASE === undefined
    ? ["https://checkout.stripe.com", "https://billing.stripe.com"]
    : [STRIPE_API_BASE]),
  ...STRIPE_CHECKOUT_ORIGINS,
];

/** Returns the origin of the operator's logo where that is another site's; null otherwise. */
const logoOrigin = ({ var: { brand } }: PageContext): string | null =>
  URL.parse(brand.logoUrl ?? "")?.origin ?? null;

/**
 * Security headers. Only our own files run or load: no other host is told who reads a page, not
 * even that of an agent's picture. The operator may have the logo elsewhere.
 * Where Turnstile is set up, its script and frame load in the two forms that show it.
 */
const securityHeaders = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: [(c) => ["'self'", turnstileOrigin(c) ?? ""].join(" ").trim()],
    frameSrc: [(c) => turnstileOrigin(c) ?? "'none'"],
    styleSrc: ["'self'"],
    fontSrc: ["'self'"],
    manifestSrc: ["'self'"],
    imgSrc: [(c) => ["'self'", logoOrigin(c) ?? ""].join(" ").trim()],
    connectSrc: ["'self'"],
    formAction: ["'self'", (c) => stripePages(c.get("ctx").config).join(" ")],
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
  },
});

/**
 * The form that mail programs send, from elsewhere and in a type of their own. Its token says
 * whose it is, and no cookie does.
 */
const ONE_CLICK = "/unsubscribe";

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
  const { problems } = error.body;
  if (problems !== undefined && wantsPage(c)) return setupProblemsPage(c, problems);
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
      readBrand,
      securityHeaders,
      limitBody,
      ...readLanguage,
      except(ONE_CLICK, csrf()),
      readViewer(handleWire),
      setCacheControl,
      limitReaders,
      except(ONE_CLICK, requireFormBody),
      keepLanguage,
      keepTheme,
    )
    .get("/", requireCatalog, homePage)
    .get("/robots.txt", robotsFile)
    .get("/sitemap.xml", sitemapFile)
    .get("/pricing", requireCatalog, pricingPage)
    .get("/buy", showPricesInstead)
    .post("/buy", startCheckout)
    .get("/dashboard", requireSignIn, dashboardPage)
    .post("/billing", requireSignIn, openPortal)
    .post("/subscription/cancel", requireSignIn, setRenewal("cancel"))
    .post("/subscription/resume", requireSignIn, setRenewal("resume"))
    .get("/change", requireSignIn, previewPage)
    .post("/change", requireSignIn, changeSubscription)
    .get("/credits", requireSignIn, creditsPage)
    .get("/activity", requireSignIn, activityPage)
    .get("/activity/:id", requireSignIn, activityChatPage)
    .get("/keys", requireSignIn, keysPage)
    .post("/keys", requireSignIn, createKey)
    .get("/keys/:keyId", requireSignIn, keyPage)
    .post("/keys/:keyId", requireSignIn, updateKey)
    .post("/keys/:keyId/rotate", requireSignIn, rotateKey)
    .post("/keys/:keyId/disable", requireSignIn, setKeyDisabled(true))
    .post("/keys/:keyId/enable", requireSignIn, setKeyDisabled(false))
    .post("/keys/:keyId/revoke", requireSignIn, revokeKey)
    .on(
      "GET",
      ["/billing", "/subscription/cancel", "/subscription/resume"],
      redirectTo("/dashboard"),
    )
    .get("/keys/:keyId/revoke", redirectTo("/keys"))
    .on(
      "GET",
      ["/keys/:keyId/rotate", "/keys/:keyId/disable", "/keys/:keyId/enable"],
      redirectToParent,
    )
    .get("/verify/send", redirectTo("/verify"))
    .on(
      "GET",
      ["/login/second-factor", "/login/passkey", "/login/passkey/begin"],
      redirectTo("/login"),
    )
    .on("GET", ["/chat/:id/rename", "/chat/:id/delete", "/chat/:id/pay"], redirectToParent)
    .route("/orders", orderPages)
    .route("/account", accountPages)
    .get("/chat", requireSignIn, newChatPage)
    .post("/chat", requireSignIn, postMessage)
    .get("/chat/:id", requireSignIn, chatPage)
    .post("/chat/:id", requireSignIn, postMessage)
    .post("/chat/:id/rename", requireSignIn, renameChat)
    .post("/chat/:id/branch", requireSignIn, switchBranch)
    .post("/chat/:id/delete", requireSignIn, deleteChat)
    .post("/chat/:id/pay", requireSignIn, payForChat)
    .get("/marketplace", marketplacePage)
    .route("/agents", agentPages)
    .route("/admin", adminPages)
    .route("/docs", docsPages(handleWire))
    .get("/dev/ui", onlyInDevelopment, galleryPage)
    .get("/success", successPage)
    .get("/cancel", cancelPage)
    .get("/login", showSignForm("in"))
    .post("/login", submitSignForm("in"))
    .post("/login/second-factor", submitSecondFactor)
    .post("/login/passkey/begin", beginPasskeySignIn)
    .post("/login/passkey", submitPasskeySignIn)
    .get("/login/:provider", showProviderForm)
    .post("/login/:provider", beginAtProvider)
    .get("/login/:provider/callback", finishAtProvider)
    .get("/signup", requireCatalog, showSignForm("up"))
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
    .get("/account/mail", requireSignIn, showMailPreferences)
    .post("/account/mail", requireSignIn, submitMailPreferences)
    .get(ONE_CLICK, showUnsubscribeForm)
    .post(ONE_CLICK, submitUnsubscribeForm)
    .get("/setup", showFirstAdminForm)
    .post("/setup", submitFirstAdminForm)
    .post("/logout", signOut)
    .get("*", (c) =>
      isModelApiPath(c.req.path) || isFromProgram(c)
        ? c.notFound()
        : renderProblem(c, 404, c.var.words.errors.notFound),
    )
    .onError(onError);
