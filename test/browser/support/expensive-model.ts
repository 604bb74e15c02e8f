import { z } from "zod";
import { Api } from "../../../dev/demo/api.ts";
import type { Stack } from "../../journeys/support/stack.ts";

const session = z.object({ accessToken: z.string() });
const model = z.object({ id: z.string() });

/**
 * Adds models, as an admin does: `dear`, which uses credits up quickly (one credit per output
 * token, included in no plan), `swamped`, whose provider is always overloaded, and `brittle`, whose
 * provider breaks off.
 */
export async function addExpensiveModel({
  url,
  admin,
}: Pick<Stack, "url" | "admin">): Promise<void> {
  const { accessToken } = await new Api(url).post("/api/auth/login", admin, session);
  const terms = {
    inputPrice: 0,
    outputPrice: 1_000_000,
    contextLength: 8192,
    maxOutputTokens: 1000,
  };
  const operator = new Api(url, accessToken);
  await operator.post(
    "/api/admin/models",
    { id: "dear", upstream: "local", upstreamModel: "small", ...terms },
    model,
  );
  const free = { ...terms, outputPrice: 0 };
  await operator.post(
    "/api/admin/models",
    { id: "swamped", upstream: "local", upstreamModel: "local-faulty-429", ...free },
    model,
  );
  await operator.post(
    "/api/admin/models",
    { id: "brittle", upstream: "local", upstreamModel: "local-faulty-die-midway", ...free },
    model,
  );
}
