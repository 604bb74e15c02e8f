import { z } from "zod";

const plans = z.object({
  data: z.array(z.object({ kind: z.string(), models: z.array(z.string()).nullable() })),
});
const models = z.object({ data: z.array(z.object({ id: z.string(), kind: z.string() })) });

async function fetchJson<T extends z.ZodType>(url: string, schema: T): Promise<z.infer<T> | null> {
  const reply = await fetch(url);
  return schema.safeParse(await reply.json()).data ?? null;
}

/**
 * Returns a model that a new user may chat with: one of the free plan's where it has any, else any
 * that is sold; null where none is.
 */
export async function findSoldModel(workerUrl: string): Promise<string | null> {
  const [sold, active] = await Promise.all([
    fetchJson(`${workerUrl}/v1/models`, models),
    fetchJson(`${workerUrl}/api/plans/active?limit=100`, plans),
  ]);
  const ids = sold?.data.filter(({ kind }) => kind === "chat").map(({ id }) => id) ?? [];
  const free = active?.data.find(({ kind }) => kind === "free")?.models ?? ids;
  return free.find((id) => ids.includes(id)) ?? ids[0] ?? null;
}
