import type { SQLWrapper } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";

/** A statement that runs in a D1 batch, or is written out as SQL. */
export type Statement = BatchItem<"sqlite"> & SQLWrapper;
