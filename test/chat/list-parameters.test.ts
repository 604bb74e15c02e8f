import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { listParameters } from "../../src/chat/list-parameters.ts";
import { readConfig } from "../../src/config.ts";
import { call } from "../support/call.ts";
import { signUpFundedUser } from "../support/funded-user.ts";

const { UPSTREAMS } = readConfig(env);
const { local } = UPSTREAMS;
if (local === undefined) throw new Error("expected an upstream");

const model = { kind: "chat", upstream: "local", upstreamModel: "large", upstreams: null } as const;
const WITH_SEARCH = { coveredFields: ["web_search_options"] };

it("a model lists what requests to it may have, and nothing that is refused", () => {
  const plain = { ...local, coveredFields: [], passFields: [] };
  const listed = listParameters({ UPSTREAMS: { local: plain } }, model);
  expect(listed).toEqual(
    expect.arrayContaining(["tools", "temperature", "response_format", "reasoning", "max_tokens"]),
  );
  expect(listed).not.toContain("web_search_options");
  expect(listed).not.toContain("structured_outputs");
});

it("a model lists what its operator lets through", () => {
  const open = { ...local, ...WITH_SEARCH, passFields: ["structured_outputs"] };
  expect(listParameters({ UPSTREAMS: { local: open } }, model)).toEqual(
    expect.arrayContaining(["web_search_options", "structured_outputs"]),
  );
});

it("a model of several upstreams lists what one of them takes", () => {
  const plain = { ...local, coveredFields: [], passFields: [] };
  const upstreams = ["local", "other"].map((upstream) => ({
    upstream,
    upstreamModel: "large",
    weight: null,
  }));
  const settings = { UPSTREAMS: { local: plain, other: { ...plain, ...WITH_SEARCH } } };
  expect(listParameters(settings, { ...model, upstreams })).toContain("web_search_options");
});

it("a model that does not chat, or is served by nobody, lists none", () => {
  expect(listParameters({ UPSTREAMS }, { ...model, kind: "embedding" })).toEqual([]);
  expect(listParameters({ UPSTREAMS: {} }, model)).toEqual([]);
});

it("a model has the fields that OpenRouter's clients read", async () => {
  await signUpFundedUser(0);
  const shown = await (await call("GET", "/v1/models/large")).json();
  expect(shown).toMatchObject({
    id: "large",
    canonical_slug: "large",
    name: "large",
    description: expect.any(String),
    architecture: { modality: "text->text" },
    supported_parameters: expect.arrayContaining(["tools", "temperature"]),
    top_provider: { context_length: 100_000, max_completion_tokens: 16_000 },
    per_request_limits: null,
  });
});
