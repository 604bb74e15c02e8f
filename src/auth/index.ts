/** The front door of auth: the guards, and the queries and changes of users for other rooms. */
export { type AuthEnv, type Caller, ROLES, type Role } from "./caller.ts";
export {
  identify,
  refuseBadCredential,
  requireAdmin,
  requireCaller,
  requireChatCaller,
  requireSession,
} from "./guard.ts";
export { keyRoutes } from "./key-routes.ts";
export { mintKeyForOrder, registerKey } from "./keys/issue-key.ts";
export { showKey } from "./keys/show-key.ts";
export { apiKeyView } from "./keys/wire.ts";
export { admitAnonymous, limitRequests } from "./limit-requests.ts";
export { passwordField } from "./passwords/password-rules.ts";
export { authRoutes } from "./routes.ts";
export { confirmPassword } from "./sessions/confirm-password.ts";
export { clearSessionCookie, setSessionCookie } from "./sessions/page-session.ts";
export { listSessions, pruneSessions } from "./sessions/sessions.ts";
export { networkOf } from "./sessions/sign-in-rate-limit.ts";
export { userRoutes } from "./user-routes.ts";
export { checkAdminEmail } from "./users/admin-email.ts";
export { deleteErasedUser, listErasedUsers, recordErasedUser } from "./users/erased-users.ts";
export { assignPlan, listUsers, setRole } from "./users/manage-users.ts";
export { resolveUserId } from "./users/resolve-user-id.ts";
export { USER_NOT_FOUND } from "./users/update-profile.ts";
export { loadUserView } from "./users/user-view.ts";
export {
  beginErasure,
  endErasure,
  findUser,
  listOutdatedUsers,
  listUnfinishedErasures,
  markFirstPayment,
  setPlanVersion,
  setUserPlan,
  type User,
} from "./users/users.ts";
export { userView } from "./users/wire.ts";
export {
  deleteVerificationsOf,
  pruneVerifications,
} from "./verification/find-verification.ts";
export { verificationRoutes } from "./verification-routes.ts";
