import { call } from "./call.ts";
import { signUp } from "./sign-up.ts";

let token: Promise<string> | undefined;

/** Sends a request as the operator: the user whose address ADMIN_EMAILS names, signed up when first needed. */
export async function asAdmin(method: string, path: string, body?: unknown): Promise<Response> {
  token ??= signUp("admin@farebox.test").then((admin) => admin.token);
  return await call(method, path, { token: await token, ...(body === undefined ? {} : { body }) });
}
