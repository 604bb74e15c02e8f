/**
 * The front door of this room: who is calling, and what other rooms may ask about users. See
 * README.md.
 */
export { type AuthEnv, type Caller, ROLES, type Role } from "./caller.ts";
export { finishErasures } from "./erase-user.ts";
export { identify, requireAdmin, requireCaller, requireSession, requireChatCaller } from "./guard.ts";
export { keyRoutes, showKey } from "./key-routes.ts";
export { registerKey, mintKeyForOrder } from "./keys/issue-key.ts";
export { orUnavailable } from "./or-unavailable.ts";
export { authRoutes } from "./routes.ts";
export { seal, unseal } from "./seal.ts";
export { clearSessionCookie, setSessionCookie } from "./sessions/page-session.ts";
export { pruneSessions, listSessions } from "./sessions/sessions.ts";
export { userRoutes } from "./user-routes.ts";
export { loadUserView } from "./users/user-view.ts";
export { deleteErasedUser, listErasedUsers } from "./users/erased-users.ts";
export { assignPlan, listUsers, setRole } from "./users/manage-users.ts";
export {
  findUser,
  markFirstPayment,
  setPlanVersion,
  setUserPlan,
  type User,
  listOutdatedUsers,
} from "./users/users.ts";
