import type { BatchItem } from "drizzle-orm/batch";
import type { Context } from "../../context.ts";
import type { Language } from "../../languages.ts";
import { composeMail, isMailOn, mailIfChanged, type SignInChange } from "../../mail/index.ts";

/**
 * Returns the statement that tells users how their way to sign in has changed, right after the
 * statement of the change in its batch, or after its audit entry. None where no mails are sent.
 * @param cause an id that names the change: a change is told once
 */
export async function securityMail(
  ctx: Context,
  user: { readonly id: string; readonly email: string },
  change: SignInChange,
  { language, cause }: { readonly language: Language; readonly cause: string },
): Promise<readonly BatchItem<"sqlite">[]> {
  if (!isMailOn(ctx)) return [];
  const mail = await composeMail(ctx, {
    kind: "sign_in_changed",
    facts: { change, accountUrl: `${ctx.config.PUBLIC_URL}/account` },
    to: user.email,
    userId: user.id,
    language,
    onceKey: `sign_in_changed:${change}:${cause}`,
  });
  return [mailIfChanged(ctx.db, mail)];
}
