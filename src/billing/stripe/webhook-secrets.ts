import { eq } from "drizzle-orm";
import type { Context } from "../../context.ts";
import type { Database } from "../../db.ts";
import { seal, unseal } from "../../seal.ts";
import { MINUTE_MS } from "../../time.ts";
import { webhookSecrets } from "../tables.ts";

/** Whoever sends signatures that are wrong has the table read once a minute. */
const KEPT_MS = MINUTE_MS;

interface Kept {
  readonly secrets: readonly string[];
  readonly atMs: number;
}

const keptByDatabase = new WeakMap<Database, Kept>();

/** Stores the signing secret of a webhook that we created, encrypted. */
export async function saveWebhookSecret(
  { db, config, nowMs }: Context,
  endpointId: string,
  secret: string,
): Promise<void> {
  const row = { sealed: await seal(config, secret), createdAt: nowMs };
  await db
    .insert(webhookSecrets)
    .values({ endpointId, ...row })
    .onConflictDoUpdate({ target: webhookSecrets.endpointId, set: row });
  keptByDatabase.delete(db);
}

/** Forgets the secret of a webhook that Stripe has no more. */
export async function deleteWebhookSecret(db: Database, endpointId: string): Promise<void> {
  await db.delete(webhookSecrets).where(eq(webhookSecrets.endpointId, endpointId));
  keptByDatabase.delete(db);
}

/** Returns whether we have the secret of a webhook, and can read it still. */
export async function hasWebhookSecret(
  { db, config }: Pick<Context, "db" | "config">,
  endpointId: string,
): Promise<boolean> {
  const row = await db
    .select()
    .from(webhookSecrets)
    .where(eq(webhookSecrets.endpointId, endpointId))
    .get();
  return row !== undefined && (await unseal(config, row.sealed)) !== null;
}

/** Returns the signing secrets of all webhooks that we created. */
export async function loadWebhookSecrets({
  db,
  config,
  nowMs,
}: Pick<Context, "db" | "config" | "nowMs">): Promise<readonly string[]> {
  const kept = keptByDatabase.get(db);
  if (kept !== undefined && Math.abs(nowMs - kept.atMs) < KEPT_MS) return kept.secrets;
  const rows = await db.select().from(webhookSecrets);
  const opened = await Promise.all(rows.map(({ sealed }) => unseal(config, sealed)));
  const secrets = opened.filter((secret) => secret !== null);
  keptByDatabase.set(db, { secrets, atMs: nowMs });
  return secrets;
}
