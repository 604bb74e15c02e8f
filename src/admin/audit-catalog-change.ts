import type { Actor } from "../actor.ts";
import { type AuditFacts, auditIfChanged } from "../audit/index.ts";
import type { ChangeAudit } from "../catalog/index.ts";
import type { Database } from "../db.ts";

/**
 * Notes what an admin makes or changes in the catalog: of the fields that the request names, what
 * they were and what they become.
 * @param what `plan` or `model`, by which the action is called
 * @param show how the thing is shown to admins, in the words of the request
 */
export function auditCatalogChange<T>(
  db: Database,
  actor: Actor,
  kind: "plan" | "model",
  requested: AuditFacts,
  show: (thing: T) => AuditFacts,
  nowMs: number,
): ChangeAudit<T> {
  return (before, id) => {
    const shownBefore = before === null ? null : show(before);
    return auditIfChanged(
      db,
      {
        actor,
        action: shownBefore === null ? `${kind}.created` : `${kind}.updated`,
        subjectId: id,
        before:
          shownBefore === null
            ? null
            : Object.fromEntries(
                Object.keys(requested).map((field) => [field, shownBefore[field]]),
              ),
        after: requested,
      },
      nowMs,
    );
  };
}
