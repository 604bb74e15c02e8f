import { call } from "./call.ts";
import { signUp, type TestUser } from "./sign-up.ts";

let signedUp: Promise<TestUser> | undefined;

/**
 * The operator: the user whose address ADMIN_EMAILS names, signed up when first needed. Files that
 * share a workerd share them.
 */
export async function admin(): Promise<TestUser> {
  signedUp ??= signUp("admin@farebox.test");
  return await signedUp;
}

/**
 * Sends a request as the operator, who signs in again where a test's clock stands in another year
 * than the sign-up's.
 */
export async function asAdmin(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  const { token, email, password } = await admin();
  const send = (as: string) =>
    call(method, path, { token: as, headers, ...(body === undefined ? {} : { body }) });
  const answer = await send(token);
  if (answer.status !== 401) return answer;
  const signedIn = await call("POST", "/api/auth/login", { body: { email, password } });
  return await send((await signedIn.json<{ accessToken: string }>()).accessToken);
}
