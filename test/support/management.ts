import { adminUser } from "./admin.ts";
import { call } from "./call.ts";

/**
 * Creates a management key with these scopes, and returns its id and its text.
 * @param admin of a file that signs up the operator itself
 */
export async function createManagementKey(
  scopes: readonly string[],
  terms: Record<string, unknown> = {},
  admin?: { readonly token: string },
): Promise<{ id: string; key: string }> {
  const { token } = admin ?? (await adminUser());
  const body = { name: "Backend", scopes, ...terms };
  const response = await call("POST", "/api/admin/management-keys", { token, body });
  if (response.status !== 201)
    throw new Error(`Creating a key answered ${response.status}: ${await response.text()}`);
  return await response.json();
}

/** Revokes a management key. */
export async function revokeManagementKey(id: string): Promise<void> {
  const { token } = await adminUser();
  const response = await call("DELETE", `/api/admin/management-keys/${id}`, { token });
  if (response.status !== 204) throw new Error(`Revoking answered ${response.status}`);
}

/** An external id that no other test has. */
export const newExternalId = (): string => `crm-${crypto.randomUUID()}`;
