import { lineField } from "../../http/text.ts";
import { emailField } from "../users/email.ts";

/** The person who signed in at a provider, as the provider says. */
export interface ProviderIdentity {
  /** The provider's id of the person: never given to another, and the same for ever. */
  readonly subject: string;
  /**
   * The address that the provider has proved to be the person's; null where it says nothing of one,
   * or not that it is proved.
   */
  readonly provedEmail: string | null;
  readonly name: string | null;
}

const nameField = lineField(200);
const SUBJECT_LENGTH_MAX = 255;

/**
 * Reads what a provider says of a person. An address counts where `isProved` is the boolean `true`
 * and nothing else, and where it is one that people may sign up with; a name where it is one line.
 * @throws {TypeError} for a subject that is empty or too long (OpenID Connect Core §2)
 */
export function toIdentity(
  subject: string,
  email: unknown,
  isProved: unknown,
  name: unknown,
): ProviderIdentity {
  if (subject === "" || subject.length > SUBJECT_LENGTH_MAX)
    throw new TypeError("The subject is no id.");
  const address = isProved === true ? emailField.safeParse(email).data : undefined;
  return { subject, provedEmail: address ?? null, name: nameField.safeParse(name).data ?? null };
}
