import { call } from "./call.ts";
import { signUp, type TestUser } from "./sign-up.ts";

let adminSignUp: Promise<TestUser> | undefined;

/**
 * The operator: the user whose address ADMIN_EMAILS names, signed up when first needed. Files that
 * share a workerd share them.
 */
export async function adminUser(): Promise<TestUser> {
  adminSignUp ??= signUp("admin@farebox.test");
  return await adminSignUp;
}

/**
 * Sends a request as the operator, who signs in again where a test's clock stands in another year
 * than the sign-up's.
 */
export async function callAsAdmin(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  const { token, email, password } = await adminUser();
  const send = (as: string) =>
    call(method, path, { token: as, headers, ...(body === undefined ? {} : { body }) });
  const response = await send(token);
  if (response.status !== 401) return response;
  const signedIn = await call("POST", "/api/auth/login", { body: { email, password } });
  return await send((await signedIn.json<{ accessToken: string }>()).accessToken);
}
