/** The Worker with a list that keeps something of every request. */
import type { Env } from "../../../src/env.ts";
import worker from "../proof-worker.ts";

export { CatchUp, ChatHistory, CreditAccount } from "../../../src/index.ts";

const kept: Uint8Array[] = [];

export default {
  async fetch(request, env, context) {
    kept.push(new Uint8Array(256 * 1024).fill(kept.length % 256));
    return await worker.fetch(request, env, context);
  },
} satisfies ExportedHandler<Env>;
