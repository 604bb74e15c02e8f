import { type AuditFacts, auditIfChanged } from "../audit/index.ts";
import type { ChangeAudit } from "../catalog/index.ts";
import type { Context } from "../context.ts";

/** A change of the catalog, for the audit log. */
interface AuditedChange<T> {
  /** The kind of the thing, which begins the action's name. */
  readonly kind: "plan" | "model";
  /** The fields that the request names, with their new values. */
  readonly requested: AuditFacts;
  /** Shows the thing as admins see it, under the names of the request's fields. */
  readonly show: (thing: T) => AuditFacts;
}

/**
 * Returns the audit statement for what an admin creates or changes in the catalog. It records the
 * fields that the request names, with their old and new values.
 */
export function auditCatalogChange<T>(
  { db, nowMs, actor }: Context,
  { kind, requested, show }: AuditedChange<T>,
): ChangeAudit<T> {
  return (before, id) => {
    const shown = before === null ? null : show(before);
    const entry = {
      actor,
      action: shown === null ? `${kind}.created` : `${kind}.updated`,
      subjectId: id,
      before:
        shown === null
          ? null
          : Object.fromEntries(Object.keys(requested).map((field) => [field, shown[field]])),
      after: requested,
    };
    return auditIfChanged(db, entry, nowMs);
  };
}
