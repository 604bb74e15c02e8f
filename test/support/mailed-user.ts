import { env } from "cloudflare:workers";
import { creditAccount } from "../../src/account/index.ts";
import { call } from "./call.ts";
import { loadDefaultCatalog } from "./catalog.ts";
import { codeIn, type MailReply, type MailWorker } from "./mail-worker.ts";
import { uniqueEmail } from "./sign-up.ts";

/** A user who signed up by mail: their address is proved. */
export interface MailedUser {
  readonly userId: string;
  readonly email: string;
  readonly token: string;
}

const PASSWORD = "a long ride home";

/** Signs up a user whose address is proved, and forgets the mails until then. */
export async function signUpByMail(
  worker: MailWorker,
  { language = "en", name }: { language?: string; name?: string } = {},
): Promise<MailedUser> {
  await loadDefaultCatalog();
  worker.connect();
  const email = uniqueEmail();
  const headers = { "accept-language": language };
  const body = { email, password: PASSWORD, ...(name === undefined ? {} : { name }) };
  const signedUp = await worker.send("POST", "/api/auth/register", { body, headers });
  const [mail] = worker.mailsTo(email);
  if (mail === undefined) throw new Error(`No mail came: ${signedUp.text}`);
  const { verificationId } = signedUp.json;
  const proof = { verificationId, code: codeIn(mail) };
  const confirmed = await worker.send("POST", "/api/auth/register/confirm", {
    body: proof,
    headers,
  });
  const { accessToken = "" } = confirmed.json;
  const me = await call("GET", "/api/users/me", { token: accessToken });
  const { id: userId } = await me.json<{ id: string }>();
  return { userId, email, token: accessToken };
}

const PREFERENCES = "/api/users/me/mail-preferences";

/** Changes a user's mail preferences. */
export const choose = (
  worker: MailWorker,
  { token }: Pick<MailedUser, "token">,
  body: unknown,
  path = PREFERENCES,
): Promise<MailReply> => worker.send("PATCH", path, { token, body });

/** Returns a user's mail preferences. */
export const readChoice = async (
  worker: MailWorker,
  { token }: Pick<MailedUser, "token">,
): Promise<unknown> => JSON.parse((await worker.send("GET", PREFERENCES, { token })).text);

let operations = 0;

/** Gives a user credits, or takes them, as a sale and an admin do. */
export async function moveCredits({ userId }: MailedUser, credits: number): Promise<void> {
  const account = creditAccount(env, userId);
  operations += 1;
  const operationId = `test:${operations}`;
  const amountMicrocredits = Math.abs(credits) * 1_000_000;
  const terms = { operationId, amountMicrocredits, reason: "Test" };
  const moved =
    credits < 0
      ? await account.take(terms)
      : await account.grant({ ...terms, priority: 0, effectiveAt: null, expiresAt: null });
  if (!moved.ok) throw new Error(moved.failure.message);
}
