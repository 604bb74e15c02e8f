/** A sender or recipient. The name may be empty. */
export interface MailAddress {
  readonly name: string;
  readonly address: string;
}

/** A mail as a service sends it. */
interface OutgoingMail {
  readonly from: MailAddress;
  readonly to: string;
  readonly subject: string;
  readonly html: string;
  readonly text: string;
}

/** The answer of a service. A refusal that is final would come again at every further try. */
export type Delivery =
  | { readonly kind: "sent"; readonly providerId: string | null }
  | { readonly kind: "refused"; readonly reason: string; readonly isFinal: boolean };

/** Sends a mail. Of two calls with one id, services that can do so send one mail. */
export type Deliver = (mail: OutgoingMail, id: string) => Promise<Delivery>;
