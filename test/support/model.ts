import { createLocalModel, type LocalModel } from "../../dev/model/app.ts";
import { fakeNetwork } from "./fake-network.ts";

/** The key that `vitest.config.ts` gives the Worker for its upstream. */
export const UPSTREAM_KEY = "upstream-key";

/**
 * Stands a fresh local model in for the upstream (`http://model.test/v1`) until the test ends. Its
 * bodies are native streams, as the network's are, so that a cancelled or broken one reaches the
 * Worker the way it does in production.
 */
export function standInModel(): LocalModel {
  const model = createLocalModel({ apiKey: UPSTREAM_KEY });
  fakeNetwork.standIn("model.test", async (request) => {
    const response = await model.fetch(request);
    if (response.body === null) return response;
    return new Response(response.body.pipeThrough(new IdentityTransformStream()), response);
  });
  return model;
}
