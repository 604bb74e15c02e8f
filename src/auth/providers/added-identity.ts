import type { BatchItem } from "drizzle-orm/batch";
import { auditIfChanged } from "../../audit/index.ts";
import type { Context } from "../../context.ts";
import type { Language } from "../../languages.ts";
import { securityMail } from "../factors/security-mail.ts";
import type { ProvedIdentity } from "./finish-sign-in.ts";

/** An identity that is being added to a user. */
interface AddedIdentity {
  readonly identityId: string;
  readonly userId: string;
}

/**
 * Returns the audit entry of an identity that the statement right before it in the batch adds. It
 * names the provider, and neither the address nor the subject.
 */
export const auditAdded = (
  { db, nowMs }: Pick<Context, "db" | "nowMs">,
  { provider }: ProvedIdentity,
  { identityId, userId }: AddedIdentity,
): BatchItem<"sqlite"> =>
  auditIfChanged(
    db,
    {
      actor: { kind: "user", id: userId },
      action: "user.provider_added",
      subjectId: identityId,
      userId,
      after: { provider: provider.id },
    },
    nowMs,
  );

/**
 * Returns the statements of what follows an identity's insert in the batch: its audit entry, and
 * the mail to the user, who may not have added it. The entry is a row that changed too, and is
 * there if the identity is.
 */
export const followAdded = async (
  ctx: Context,
  proved: ProvedIdentity,
  user: { readonly id: string; readonly email: string },
  identityId: string,
  language: Language,
): Promise<BatchItem<"sqlite">[]> => [
  auditAdded(ctx, proved, { identityId, userId: user.id }),
  ...(await securityMail(ctx, user, "provider_added", { language, cause: identityId })),
];
