import { env } from "cloudflare:workers";
import { loadCatalog } from "../../src/catalog/index.ts";
import { database } from "../../src/db.ts";

const free = { upstream: "local", inputPrice: 0, outputPrice: 0, contextLength: 8192 };

/**
 * Models of each kind, with costs that are easy to count: a credit a token, image, character or
 * second.
 */
const ENDPOINT_MODELS = {
  plans: [],
  models: [
    { ...free, id: "embed", kind: "embedding", upstreamModel: "embed", inputPrice: 1_000_000 },
    {
      ...free,
      id: "paint",
      kind: "image",
      upstreamModel: "paint",
      imagePrices: { "low/1024x1024": 1, "high/1024x1024": 4, "high/1536x1024": 6 },
    },
    { ...free, id: "speak", kind: "speech", upstreamModel: "speak", characterPrice: 1_000_000 },
    {
      ...free,
      id: "listen",
      kind: "transcription",
      upstreamModel: "listen",
      secondPrice: 1_000_000,
    },
    { ...free, id: "check", kind: "moderation", upstreamModel: "check" },
  ],
} as const;

/** Loads a model of each kind. */
export async function loadEndpointModels(): Promise<void> {
  const models = ENDPOINT_MODELS.models.map((model) => ({ ...model }));
  await loadCatalog(database(env.DB), { plans: [], models }, Date.now());
}
