import { z } from "zod";
import { Api } from "../../../dev/demo/api.ts";
import { FAULTY_MODELS } from "../../../dev/model/behaviour.ts";
import type { Stack } from "./stack.ts";

/**
 * The price of a faulty model's output token. It is neither the highest nor the lowest price, which
 * the demo looks for. A price of n credits per million tokens is n microcredits per token.
 */
export const FAULTY_TOKEN_MICROCREDITS = 100;
export const FAULTY_MAX_TOKENS = 25;

const session = z.object({ accessToken: z.string() });
const model = z.object({ id: z.string() });

/**
 * Adds, as an admin does, every model that fails as its name says (see dev/model/README.md):
 * `local-faulty-503` as `faulty/503`. An output token costs `FAULTY_TOKEN_MICROCREDITS`, prompts
 * are free, and no reply is longer than `FAULTY_MAX_TOKENS`, which is what a chat holds.
 */
export async function addFaultyModels({ url, admin }: Stack): Promise<void> {
  const { accessToken } = await new Api(url).post("/api/auth/login", admin, session);
  const api = new Api(url, accessToken);
  const terms = {
    upstream: "local",
    inputPrice: 0,
    outputPrice: FAULTY_TOKEN_MICROCREDITS,
    contextLength: 8192,
    maxOutputTokens: FAULTY_MAX_TOKENS,
  };
  for (const upstreamModel of FAULTY_MODELS) {
    const id = upstreamModel.replace("local-faulty-", "faulty/");
    await api.post("/api/admin/models", { ...terms, id, upstreamModel }, model);
  }
}
