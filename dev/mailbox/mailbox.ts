import { z } from "zod";

/** A mail that was sent, as it is kept. */
export const keptMail = z.object({
  id: z.string(),
  idempotencyKey: z.string().nullable(),
  /** The whole request, by which a repeated key is compared. */
  body: z.string(),
  from: z.string(),
  to: z.array(z.string()),
  subject: z.string(),
  html: z.string(),
  text: z.string(),
  at: z.string(),
});
export type KeptMail = z.infer<typeof keptMail>;

/** More are forgotten, the oldest first. */
const KEPT_MAX = 500;
const RECIPIENTS_MAX = 50;
/** Resend forgets keys after a day. */
const KEY_LIFETIME_MS = 86_400_000;

const address = z.string().regex(/^(?:[^<>\r\n]+ )?<?[^\s<>@,]+@[^\s<>@,]+\.[^\s<>@,]+>?$/);
const request = z.object({
  from: address,
  to: z.union([address.transform((one) => [one]), z.array(address).min(1).max(RECIPIENTS_MAX)]),
  subject: z
    .string()
    .min(1)
    .regex(/^[^\r\n]*$/),
  html: z.string().default(""),
  text: z.string().default(""),
});

/** An answer of Resend's API. */
export interface ResendAnswer {
  readonly status: 200 | 400 | 401 | 403 | 409 | 422;
  readonly body:
    | { readonly id: string }
    | { readonly statusCode: number; readonly name: string; readonly message: string };
}

const refuse = (status: 400 | 401 | 403 | 409 | 422, name: string, message: string) => ({
  status,
  body: { statusCode: status, name, message },
});

/**
 * A mailbox that speaks Resend's `POST /emails`
 * (https://resend.com/docs/api-reference/emails/send-email), and refuses what Resend does: a
 * missing or wrong key, fields that are missing or no addresses, and an idempotency key with
 * another body.
 */
export class Mailbox {
  readonly #apiKey: string;
  readonly #onChange: (mails: readonly KeptMail[]) => void;
  #mails: readonly KeptMail[];

  constructor(
    apiKey: string,
    mails: readonly KeptMail[] = [],
    onChange: (mails: readonly KeptMail[]) => void = () => {},
  ) {
    this.#apiKey = apiKey;
    this.#mails = mails;
    this.#onChange = onChange;
  }

  /** All mails, newest first. */
  get mails(): readonly KeptMail[] {
    return this.#mails;
  }

  /** Sends a mail, which is to say keeps it. */
  send(
    authorization: string | undefined,
    idempotencyKey: string | null,
    body: string,
    nowMs: number,
  ): ResendAnswer {
    if (authorization === undefined)
      return refuse(401, "missing_api_key", "Missing API key in the authorization header.");
    if (authorization !== `Bearer ${this.#apiKey}`)
      return refuse(403, "invalid_api_key", "API key is invalid.");
    if (idempotencyKey !== null && (idempotencyKey === "" || idempotencyKey.length > 256))
      return refuse(400, "invalid_idempotency_key", "The key must be between 1-256 chars.");
    const before = this.#mails.find(
      (mail) =>
        idempotencyKey !== null &&
        mail.idempotencyKey === idempotencyKey &&
        nowMs - Date.parse(mail.at) < KEY_LIFETIME_MS,
    );
    if (before !== undefined)
      return before.body === body
        ? { status: 200, body: { id: before.id } }
        : refuse(
            409,
            "invalid_idempotent_request",
            "Same idempotency key used with a different request payload.",
          );
    const fields = request.safeParse(parseJson(body));
    if (!fields.success) {
      const field = String(fields.error.issues[0]?.path[0] ?? "body");
      return refuse(422, "validation_error", `The \`${field}\` field is missing or invalid.`);
    }
    if (fields.data.html === "" && fields.data.text === "")
      return refuse(422, "validation_error", "Missing `html` or `text` field.");
    const at = new Date(nowMs).toISOString();
    const mail = { id: crypto.randomUUID(), idempotencyKey, body, at, ...fields.data };
    this.#mails = [mail, ...this.#mails].slice(0, KEPT_MAX);
    this.#onChange(this.#mails);
    return { status: 200, body: { id: mail.id } };
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
