/**
 * The front door of this room: who is calling, and what other rooms may ask about users. See
 * README.md.
 */
export { type AuthEnv, type Caller, ROLES, type Role } from "./caller.ts";
export { finishErasures } from "./erase-user.ts";
export {
  identify,
  requireAdmin,
  requireCaller,
  requireChatCaller,
  requireSession,
} from "./guard.ts";
export { keyRoutes, showKey } from "./key-routes.ts";
export { mintKeyForOrder, registerKey } from "./keys/issue-key.ts";
export { authRoutes } from "./routes.ts";
export { seal, unseal } from "./seal.ts";
export { clearSessionCookie, setSessionCookie } from "./sessions/page-session.ts";
export { listSessions, pruneSessions } from "./sessions/sessions.ts";
export { userRoutes } from "./user-routes.ts";
export { deleteErasedUser, listErasedUsers } from "./users/erased-users.ts";
export { assignPlan, listUsers, setRole } from "./users/manage-users.ts";
export { loadUserView } from "./users/user-view.ts";
export {
  findUser,
  listOutdatedUsers,
  markFirstPayment,
  setPlanVersion,
  setUserPlan,
  type User,
} from "./users/users.ts";
