import { eq } from "drizzle-orm";
import type { Database } from "../../db.ts";
import { subscriptionInvoices } from "../tables.ts";
import type { SubscriptionInvoice } from "./store.ts";

/** Finds the record of a subscription's invoice. */
export const findInvoice = (db: Database, id: string): Promise<SubscriptionInvoice | undefined> =>
  db.select().from(subscriptionInvoices).where(eq(subscriptionInvoices.id, id)).get();
