/**
 * The front door of this room: who is calling, and what other rooms may ask about users. See
 * README.md.
 */
export { type AuthEnv, type Caller, ROLES, type Role } from "./caller.ts";
export { describeUser } from "./describe-user.ts";
export { finishErasures } from "./erase-user.ts";
export { forgetErased, listErased } from "./erased-users.ts";
export { identify, requireAdmin, requireCaller, requireSession, requireTalker } from "./guard.ts";
export { keepMinted, mintForLater } from "./issue-key.ts";
export { keyRoutes, showKey } from "./key-routes.ts";
export { assignPlan, listUsers, setRole } from "./manage-users.ts";
export { forgetSession, rememberSession } from "./page-session.ts";
export { reach } from "./reach.ts";
export { authRoutes } from "./routes.ts";
export { seal, unseal } from "./sealing.ts";
export { pruneSessions, sessionsOf } from "./sessions.ts";
export { userRoutes } from "./user-routes.ts";
export {
  findUser,
  markPaid,
  notePlanVersion,
  setUserPlan,
  type User,
  usersBehind,
} from "./users.ts";
