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
  /** The link that turns off mails of its kind; null where they cannot be. */
  readonly unsubscribeUrl: string | null;
}

/**
 * Returns the headers by which mail programs offer to turn mails off in one click
 * (https://www.rfc-editor.org/rfc/rfc8058). The link has to be https.
 */
export const unsubscribeHeaders = (url: string | null): { headers?: Record<string, string> } =>
  url?.startsWith("https:") === true
    ? {
        headers: {
          "List-Unsubscribe": `<${url}>`,
          "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
      }
    : {};

/** The answer of a service. A refusal that is final would come again at every further try. */
export type Delivery =
  | { readonly kind: "sent"; readonly providerId: string | null }
  | { readonly kind: "refused"; readonly reason: string; readonly isFinal: boolean };

/** Sends a mail. Of two calls with one id, services that can do so send one mail. */
export type Deliver = (mail: OutgoingMail, id: string) => Promise<Delivery>;
