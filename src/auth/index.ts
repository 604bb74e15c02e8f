/** The front door of this room: who is calling, and what other rooms may ask about users. */
export type { AuthEnv, Caller } from "./caller.ts";
export { identify, requireAdmin, requireCaller, requireSession } from "./guard.ts";
