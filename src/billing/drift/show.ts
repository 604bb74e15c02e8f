import type { Difference } from "./difference.ts";
import type { DifferenceView } from "./wire.ts";

/** Shows a difference. */
export const showDifference = ({
  subject,
  name,
  stored,
  atStripe,
}: Difference): DifferenceView => ({
  subjectId: subject.id,
  userId: subject.userId,
  what: name,
  here: stored,
  atStripe,
  heal: subject.isRepairable ? `POST /api/admin/drift/${subject.id}/heal` : null,
});
