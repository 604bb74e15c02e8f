import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { person } from "./people.ts";
import { UserError } from "./user-error.ts";

const savedState = z.object({ admin: person.nullable() });
const session = z.object({ accessToken: z.string() });
const pushResult = z.object({
  changes: z.array(
    z.object({ slug: z.string(), object: z.string(), stripeId: z.string(), change: z.string() }),
  ),
  problems: z.array(z.object({ slug: z.string(), message: z.string() })),
});

/**
 * Returns the operator's credentials: from the environment, or of the admin that `npm start` signed
 * up.
 */
function adminCredentials(stateFolder: string): {
  readonly email: string;
  readonly password: string;
} {
  const email = process.env["FAREBOX_ADMIN_EMAIL"];
  const password = process.env["FAREBOX_ADMIN_PASSWORD"];
  if (email !== undefined && password !== undefined) return { email, password };
  try {
    const { admin } = savedState.parse(
      JSON.parse(readFileSync(join(stateFolder, "kept.json"), "utf8")),
    );
    if (admin !== null) return admin;
  } catch {}
  throw new UserError(
    "Nobody may push: set FAREBOX_ADMIN_EMAIL and FAREBOX_ADMIN_PASSWORD, or run npm start once.",
  );
}

async function post(url: string, body: object, token?: string): Promise<unknown> {
  const headers = {
    "content-type": "application/json",
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  const reply = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) }).catch(
    () => {
      throw new UserError(
        `Nothing answers at ${url}: run npm start in another terminal, or set FAREBOX_URL.`,
      );
    },
  );
  const text = await reply.text();
  if (!reply.ok) throw new UserError(`POST ${url} answers ${reply.status}: ${text}`);
  return JSON.parse(text);
}

/**
 * Has a Worker push its catalog to Stripe. The Worker does it rather than this program, so that
 * Stripe's key stays where it is and the audit log records who did it.
 * @returns a report for the person
 * @throws {UserError} if a plan could not be pushed
 */
export async function pushToStripe(stateFolder: string): Promise<string> {
  const url = (
    process.env["FAREBOX_URL"] ?? `http://localhost:${process.env["FAREBOX_PORT"] ?? 8787}`
  ).replace(/\/+$/, "");
  const { email, password } = adminCredentials(stateFolder);
  const { accessToken } = session.parse(await post(`${url}/api/auth/login`, { email, password }));
  const { changes, problems } = pushResult.parse(
    await post(`${url}/api/admin/catalog/push`, {}, accessToken),
  );
  const lines = [
    `Pushed to Stripe by ${url}:${changes.length === 0 ? " it was all there." : ""}`,
    ...changes.map(
      ({ slug, object, stripeId, change }) => `  ${slug}: ${object} ${stripeId} ${change}`,
    ),
    ...problems.map(({ slug, message }) => `  ${slug} could not be pushed: ${message}`),
  ];
  if (problems.length > 0) throw new UserError(lines.join("\n"));
  return lines.join("\n");
}
