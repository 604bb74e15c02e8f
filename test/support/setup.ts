import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, vi } from "vitest";
import { fakeNetwork } from "./fake-network.ts";
import { checkTrafficAfterEach } from "./stripe-traffic.ts";

beforeAll(async () => {
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
});

// Every request of the Worker goes to a stand-in that the test chose, or fails.
vi.spyOn(globalThis, "fetch").mockImplementation((input, init) =>
  fakeNetwork.fetch(new Request(input, init)),
);
afterEach(() => fakeNetwork.reset());
checkTrafficAfterEach();
