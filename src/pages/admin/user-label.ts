/** A user as the operator's routes name one. */
interface LabelledUser {
  readonly id: string;
  readonly email: string;
  readonly externalId: string | null;
}

/** Returns what tells a user apart: the address, or for a customer without one your own id. */
export const userLabel = ({ id, email, externalId }: LabelledUser): string =>
  email === "" ? (externalId ?? id) : email;
