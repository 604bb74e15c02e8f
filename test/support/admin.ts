import { call } from "./call.ts";
import { signUp, type TestUser } from "./sign-up.ts";

let signedUp: Promise<TestUser> | undefined;

/** The operator: the user whose address ADMIN_EMAILS names, signed up when first needed. Files that share a workerd share them. */
export async function admin(): Promise<TestUser> {
  signedUp ??= signUp("admin@farebox.test");
  return await signedUp;
}

/** Sends a request as the operator. */
export async function asAdmin(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  const { token } = await admin();
  return await call(method, path, { token, headers, ...(body === undefined ? {} : { body }) });
}
