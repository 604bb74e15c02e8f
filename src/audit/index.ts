/** The front door of the audit log: who did what, why, before and after. See README.md. */
export { iterateAuditEntries } from "./export.ts";
export { listAuditEntries, showAuditEntry } from "./list.ts";
export { type AuditEntry, auditIfChanged, auditStatement, record } from "./record.ts";
export type { AuditFacts } from "./tables.ts";
