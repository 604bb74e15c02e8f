/**
 * The front door of this room: who is calling, and what other rooms may ask about users. See
 * README.md.
 */
export { type AuthEnv, type Caller, ROLES, type Role } from "./caller.ts";
export { finishErasures } from "./erase-user.ts";
export { identify, requireAdmin, requireCaller, requireSession, requireTalker } from "./guard.ts";
export { keyRoutes, showKey } from "./key-routes.ts";
export { keepMinted, mintForLater } from "./keys/issue-key.ts";
export { reach } from "./reach.ts";
export { authRoutes } from "./routes.ts";
export { seal, unseal } from "./sealing.ts";
export { forgetSession, rememberSession } from "./sessions/page-session.ts";
export { pruneSessions, sessionsOf } from "./sessions/sessions.ts";
export { userRoutes } from "./user-routes.ts";
export { describeUser } from "./users/describe-user.ts";
export { forgetErased, listErased } from "./users/erased-users.ts";
export { assignPlan, listUsers, setRole } from "./users/manage-users.ts";
export {
  findUser,
  markPaid,
  setPlanVersion,
  setUserPlan,
  type User,
  usersBehind,
} from "./users/users.ts";
