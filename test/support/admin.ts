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

/**
 * Sends a request as the operator, and signs in again if the test's clock is past the end of the
 * first session.
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
  const response = await send(token);
  if (response.status !== 401) return response;
  const signedIn = await call("POST", "/api/auth/login", { body: { email, password } });
  return await send((await signedIn.json<{ accessToken: string }>()).accessToken);
}
