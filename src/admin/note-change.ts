import { type Actor, type AuditFacts, auditingChange } from "../audit/index.ts";
import type { Note } from "../catalog/index.ts";
import type { Database } from "../db.ts";

/**
 * Notes what an admin makes or changes in the catalog: of the fields that the request names, what
 * they were and what they become.
 * @param what `plan` or `model`, by which the action is called
 * @param show how the thing is shown to admins, in the words of the request
 */
export function noteChange<T>(
  db: Database,
  actor: Actor,
  what: "plan" | "model",
  wanted: AuditFacts,
  show: (thing: T) => AuditFacts,
  nowMs: number,
): Note<T> {
  return (before, id) => {
    const was = before === null ? null : show(before);
    return auditingChange(
      db,
      {
        actor,
        action: was === null ? `${what}.created` : `${what}.updated`,
        subjectId: id,
        before:
          was === null
            ? null
            : Object.fromEntries(Object.keys(wanted).map((field) => [field, was[field]])),
        after: wanted,
      },
      nowMs,
    );
  };
}
