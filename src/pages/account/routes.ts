import { type PageContext, pageRouter, requireSignIn } from "../context.ts";
import { accountPage, signInAgain, submitForm } from "./account.tsx";
import { deleteAccount, deletedPage, deletePage } from "./delete-account.tsx";
import { addIdentity, removeIdentity } from "./identities.tsx";
import { addPasskey, beginPasskey, removePasskey, removePassword } from "./passkeys.tsx";
import { changePassword } from "./password.tsx";
import { changeAddress, changeName, keepAddress } from "./profile.tsx";
import { beginApp, confirmApp, removeApp, renewCodes } from "./second-factor.tsx";
import { endOtherSessions, endSession } from "./sessions.tsx";

/** The paths of forms, which have no pages of their own. */
const FORMS = [
  "/name",
  "/address",
  "/address/keep",
  "/password",
  "/sessions/end",
  "/sessions/:sessionId/end",
  "/sign-in-again",
  "/totp",
  "/totp/confirm",
  "/totp/remove",
  "/recovery-codes",
  "/passkeys",
  "/passkeys/begin",
  "/passkeys/:passkeyId/remove",
  "/password/remove",
  "/identities",
  "/identities/:identityId/remove",
];

/** Where orders and invoices were before they had a page of their own. */
const toOrders = (c: PageContext) => c.redirect("/orders", 301);
const toAccount = (c: PageContext) => c.redirect("/account", 303);

/** `/account`: the reader's own account. */
export const accountPages = pageRouter()
  .get("/deleted", deletedPage)
  .use("*", requireSignIn)
  .get("/", accountPage)
  .post("/name", submitForm("name", changeName))
  .post("/address", submitForm("address", changeAddress))
  .post("/address/keep", submitForm("address/keep", keepAddress))
  .post("/password", submitForm("password", changePassword))
  .post("/sessions/end", submitForm("sessions", endOtherSessions))
  .post("/sessions/:sessionId/end", submitForm("sessions", endSession))
  .post("/sign-in-again", signInAgain)
  .post("/totp", submitForm("totp", beginApp))
  .post("/totp/confirm", submitForm("totp", confirmApp))
  .post("/totp/remove", submitForm("totp/remove", removeApp))
  .post("/recovery-codes", submitForm("recovery-codes", renewCodes))
  .post("/passkeys", submitForm("passkeys", addPasskey))
  .post("/passkeys/begin", beginPasskey)
  .post("/passkeys/:passkeyId/remove", submitForm("passkeys/remove", removePasskey))
  .post("/identities", submitForm("identities", addIdentity))
  .post("/identities/:identityId/remove", submitForm("identities/remove", removeIdentity))
  .post("/password/remove", submitForm("password/remove", removePassword))
  .get("/orders", toOrders)
  .get("/invoices", toOrders)
  .get("/delete", deletePage)
  .post("/delete", deleteAccount)
  .on("GET", FORMS, toAccount);
