import { csrf } from "hono/csrf";
import { HTTPException } from "hono/http-exception";
import { secureHeaders } from "hono/secure-headers";
import type { Config } from "../config.ts";
import { limitBody } from "../http/limits.ts";
import { activityPage } from "./activity.tsx";
import { adminPages } from "./admin/routes.ts";
import { cancelPage, successPage } from "./after-payment.tsx";
import { marketplacePage } from "./agents/marketplace.tsx";
import { agentPages } from "./agents/routes.ts";
import { type Answering, ApiRefusal } from "./api.ts";
import { changeRenewal, openPortal } from "./billing-forms.tsx";
import { buy } from "./buy.tsx";
import { changePlan, previewPage } from "./change.tsx";
import { chatPage, newChatPage } from "./chat.tsx";
import { payForChat, removeChat, renameChat, sayOnPage } from "./chat-forms.tsx";
import {
  keepToReader,
  type PageContext,
  pageRouter,
  readLanguage,
  readViewer,
  signedIn,
} from "./context.ts";
import { creditsPage } from "./credits.tsx";
import { dashboardPage } from "./dashboard.tsx";
import { docsPage } from "./docs/docs.tsx";
import { formsOnly } from "./forms-only.ts";
import { homePage } from "./home.tsx";
import { keysPage, makeKey, revokeKey } from "./keys.tsx";
import { pricingPage } from "./pricing.tsx";
import { problemPage } from "./problem.tsx";
import { askToSign, sign, signOut } from "./sign.tsx";

/**
 * Stripe's own pages: a form that is answered with a redirect there has to be allowed to go there.
 */
const stripePages = ({ STRIPE_API_BASE }: Pick<Config, "STRIPE_API_BASE">): string[] =>
  STRIPE_API_BASE === undefined
    ? ["https://checkout.stripe.com", "https://billing.stripe.com"]
    : [STRIPE_API_BASE];

/** Nothing but our own files runs or is loaded; pictures may be anywhere, as agents have them. */
const locked = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'", "https:"],
    connectSrc: ["'self'"],
    formAction: ["'self'", (c) => stripePages(c.get("config")).join(" ")],
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
  },
});

/** What an error is to who looks at a page. */
function onError(error: Error, c: PageContext) {
  // Hono's csrf middleware throws it.
  if (error instanceof HTTPException && error.status === 403)
    return problemPage(c, 403, c.var.words.errors.foreign);
  if (!(error instanceof ApiRefusal)) throw error;
  if (error.status === 401) return c.redirect(`/login?next=${encodeURIComponent(c.req.path)}`, 303);
  return problemPage(c, error.status, error.message);
}

/** The paths that are the wire's, where what is not there is answered in its own way. */
const isWire = (path: string): boolean => /^\/(api|v1)\//.test(path);

/** Every page. @param answer how the wire answers, which is all that pages know of the rest */
export const pageRoutes = (answer: Answering) =>
  pageRouter()
    .use(async (c, next) => (isWire(c.req.path) ? await c.notFound() : await next()))
    .use(locked, limitBody, ...readLanguage, csrf(), readViewer(answer), keepToReader, formsOnly)
    .get("/", homePage)
    .get("/pricing", pricingPage)
    .post("/buy", buy)
    .get("/dashboard", signedIn, dashboardPage)
    .post("/billing", signedIn, openPortal)
    .post("/subscription/cancel", signedIn, changeRenewal("cancel"))
    .post("/subscription/resume", signedIn, changeRenewal("resume"))
    .get("/change", signedIn, previewPage)
    .post("/change", signedIn, changePlan)
    .get("/credits", signedIn, creditsPage)
    .get("/activity", signedIn, activityPage)
    .get("/keys", signedIn, keysPage)
    .post("/keys", signedIn, makeKey)
    .post("/keys/:keyId/revoke", signedIn, revokeKey)
    .get("/chat", signedIn, newChatPage)
    .post("/chat", signedIn, sayOnPage)
    .get("/chat/:id", signedIn, chatPage)
    .post("/chat/:id", signedIn, sayOnPage)
    .post("/chat/:id/rename", signedIn, renameChat)
    .post("/chat/:id/delete", signedIn, removeChat)
    .post("/chat/:id/pay", signedIn, payForChat)
    .get("/marketplace", marketplacePage)
    .route("/agents", agentPages)
    .route("/admin", adminPages)
    .get("/docs", docsPage(answer))
    .get("/success", successPage)
    .get("/cancel", cancelPage)
    .get("/login", askToSign("in"))
    .post("/login", sign("in"))
    .get("/signup", askToSign("up"))
    .post("/signup", sign("up"))
    .post("/logout", signOut)
    .get("*", (c) => problemPage(c, 404, c.var.words.errors.notFound))
    .onError(onError);
