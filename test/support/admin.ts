import { call } from "./call.ts";
import { signUp, type TestUser } from "./sign-up.ts";

let adminSignUp: Promise<TestUser> | undefined;

/**
 * Returns the operator: the user whose address is in ADMIN_EMAILS, signed up when first needed.
 * Files that share a workerd share the operator.
 */
export async function adminUser(): Promise<TestUser> {
  adminSignUp ??= signUp("admin@farebox.test");
  return await adminSignUp;
}

/** The access token of the last sign-in since the first session's token was past its end. */
let renewedToken: string | undefined;

/**
 * Sends a request as the operator, and signs in again if the test's clock is past the end of the
 * last token. A token is kept for the next call: sign-ins are rate limited in real time.
 */
export async function callAsAdmin(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  const { token, email, password } = await adminUser();
  const send = (accessToken: string) =>
    call(method, path, { token: accessToken, headers, ...(body === undefined ? {} : { body }) });
  const response = await send(renewedToken ?? token);
  if (response.status !== 401) return response;
  const signedIn = await call("POST", "/api/auth/login", { body: { email, password } });
  if (signedIn.status !== 200) {
    throw new Error(`The operator cannot sign in: ${signedIn.status} ${await signedIn.text()}`);
  }
  renewedToken = (await signedIn.json<{ accessToken: string }>()).accessToken;
  return await send(renewedToken);
}
