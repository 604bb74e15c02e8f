/** The front door of the audit log. See README.md. */
export { iterateAuditEntries } from "./export.ts";
export { type AuditQuery, listAuditEntries, showAuditEntry } from "./list.ts";
export { type AuditEntry, auditIfChanged, auditStatement, record } from "./record.ts";
export type { AuditFacts } from "./tables.ts";
export { auditEntryView, ownAuditEntryView } from "./wire.ts";
