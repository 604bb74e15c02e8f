/** The front door of checks: what was last seen to work, for the operator. See README.md. */
export { type Check, findCheck, listChecks, noteCheck, noteSometimes } from "./checks.ts";
