/** The front door of the audit log: who did what, why, before and after. See README.md. */
export { everyAudit } from "./every.ts";
export { listAudit, showAudit } from "./list.ts";
export { type Actor, type AuditEntry, auditing, auditingChange, record } from "./record.ts";
export type { AuditFacts } from "./tables.ts";
