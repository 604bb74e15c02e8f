import { z } from "zod";
import { named, time } from "../http/answer-fields.ts";

const text = z.string().nullable();
const facts = z.record(z.string(), z.unknown());

/** An entry of the audit log. */
export const auditEntryView = named("AuditEntry", {
  id: z.string(),
  at: time,
  actor: z.strictObject({ kind: z.string(), id: text }),
  action: z.string(),
  subjectId: z.string(),
  userId: text,
  reason: text,
  before: facts.nullable(),
  after: facts.nullable(),
});
export type AuditEntryView = z.infer<typeof auditEntryView>;

/**
 * An entry as the user sees whom it is about: without the id of the actor, which is staff's own.
 */
export const ownAuditEntryView = z.strictObject({
  ...auditEntryView.shape,
  actor: z.string().describe("The kind of actor."),
});
export type OwnAuditEntryView = z.infer<typeof ownAuditEntryView>;
