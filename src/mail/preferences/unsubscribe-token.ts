import type { Config } from "../../config.ts";
import { isOptional, MAIL_KINDS, type OptionalKind } from "../letters/letter.ts";

type Secrets = Pick<Config, "JWT_SECRET" | "JWT_SECRET_PREVIOUS">;

/** A reader, and the kind of mail that a link turns off. */
interface OptOut {
  readonly userId: string;
  readonly kind: OptionalKind;
}

const utf8 = new TextEncoder();
const HMAC = { name: "HMAC", hash: "SHA-256" } as const;
const BASE64URL = { alphabet: "base64url", omitPadding: true } as const;

const keyOf = (secret: string): Promise<CryptoKey> =>
  crypto.subtle.importKey("raw", utf8.encode(secret), HMAC, false, ["sign", "verify"]);

const signedText = ({ userId, kind }: OptOut) => utf8.encode(`unsubscribe:${userId}:${kind}`);

/**
 * Makes the token of a link that turns off one kind of mail without signing in. It is good for as
 * long as the secret is known: a reader may use it years later, and it can do nothing else.
 */
export async function newUnsubscribeToken(
  { JWT_SECRET }: Secrets,
  optOut: OptOut,
): Promise<string> {
  const signature = await crypto.subtle.sign("HMAC", await keyOf(JWT_SECRET), signedText(optOut));
  return `${optOut.userId}.${optOut.kind}.${new Uint8Array(signature).toBase64(BASE64URL)}`;
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.fromBase64(text, { alphabet: "base64url" });
  } catch {
    return null;
  }
}

/** Reads a token of `newUnsubscribeToken`; null where it is not ours, or not whole. */
export async function readUnsubscribeToken(
  { JWT_SECRET, JWT_SECRET_PREVIOUS }: Secrets,
  token: string,
): Promise<OptOut | null> {
  const [userId = "", name = "", text = ""] = token.split(".");
  const kind = MAIL_KINDS.filter(isOptional).find((one) => one === name);
  const signature = fromBase64Url(text);
  if (kind === undefined || signature === null) return null;
  const optOut = { userId, kind };
  for (const secret of [JWT_SECRET, JWT_SECRET_PREVIOUS]) {
    if (secret === undefined) continue;
    const isOurs = await crypto.subtle.verify(
      "HMAC",
      await keyOf(secret),
      signature,
      signedText(optOut),
    );
    if (isOurs) return optOut;
  }
  return null;
}
