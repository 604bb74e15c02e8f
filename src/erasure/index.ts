/** The front door of erasure: everything of a user goes. See README.md. */
export { eraseUser } from "./erase-user.ts";
export { endErasedUsers, finishErasures } from "./finish-erasures.ts";
export { erasureRoutes } from "./routes.ts";
