/** The front door of the audit log: who did what, why, before and after. See README.md. */
export { type Actor, type AuditEntry, auditing, record } from "./record.ts";
