import { z } from "zod";
import { Api } from "../../../dev/demo/api.ts";
import { FAULTY_MODELS } from "../../../dev/model/behaviour.ts";
import type { Stack } from "./stack.ts";

const session = z.object({ accessToken: z.string() });
const model = z.object({ id: z.string() });

/**
 * Puts on sale, as an admin does, every model that goes wrong as its name says (see dev/model/README.md): `local-faulty-503` as
 * `faulty/503`. A token of output costs a credit, prompts are free, and no reply has more than 25 tokens, so a chat holds 25
 * credits.
 */
export async function sellFaultyModels({ url, admin }: Stack): Promise<void> {
  const { accessToken } = await new Api(url).post("/api/auth/login", admin, session);
  const api = new Api(url, accessToken);
  const terms = { upstream: "local", inputPrice: 0, outputPrice: 1_000_000, contextLength: 8192, maxOutputTokens: 25 };
  for (const upstreamModel of FAULTY_MODELS) {
    const id = upstreamModel.replace("local-faulty-", "faulty/");
    await api.post("/api/admin/models", { ...terms, id, upstreamModel }, model);
  }
}
