import { createOpenAI } from "@ai-sdk/openai";
import { OpenAIEmbeddings } from "@langchain/openai";
import { embedMany } from "ai";
import { toFile } from "openai";
import { expect, it } from "vitest";
import { soundOf } from "../../dev/model/samples.ts";
import { call } from "../support/call.ts";
import { fetchFromWorker, openAiOf, signUpWithEndpoints } from "../support/endpoints.ts";
import { readAccountTotals } from "../support/funded-user.ts";
import { standInModel } from "../support/model.ts";
import { expectCharges } from "./charges.ts";

it("openai: embeddings, of texts and tokens, cost exactly their tokens", async () => {
  standInModel();
  const user = await signUpWithEndpoints(1000);
  const openai = openAiOf(user);
  const one = await openai.embeddings.create({ model: "embed", input: "one two three" });
  expect(one.data[0]?.embedding).toHaveLength(16);
  expect(one).toMatchObject({ model: "embed", usage: { prompt_tokens: 3, cost: 3 } });
  const floats = await openai.embeddings.create({
    model: "embed",
    input: ["a b", "c"],
    encoding_format: "float",
    dimensions: 4,
  });
  expect(floats.data.map(({ embedding }) => embedding.length)).toEqual([4, 4]);
  await openai.embeddings.create({ model: "embed", input: [[1, 2, 3], [4]] });
  await openai.embeddings.create({ model: "embed", input: [7, 8] });
  await expectCharges(user, 1000, [3, 3, 4, 2]);
});

it("a reply names its charge, and its owner finds it", async () => {
  standInModel();
  const user = await signUpWithEndpoints(1000);
  const request = openAiOf(user).embeddings.create({ model: "embed", input: "one two three" });
  const { data, response } = await request.withResponse();
  const id = response.headers.get("x-farebox-generation-id") ?? "";
  expect(data.usage).toMatchObject({ generation_id: id });
  await expectCharges(user, 1000, [3]);
  const found = await call("GET", `/v1/generation?id=${id}`, { token: user.key });
  expect(await found.json()).toMatchObject({
    data: { id, model: "embed", task: "embedding", tokens_prompt: 3, total_cost: 3 },
  });
});

it("openai: images cost what their quality and size cost, as many as came", async () => {
  const model = standInModel();
  const user = await signUpWithEndpoints(100);
  const openai = openAiOf(user);
  const two = await openai.images.generate({
    model: "paint",
    prompt: "a tram",
    n: 2,
    quality: "high",
    size: "1536x1024",
  });
  expect(two.data).toHaveLength(2);
  // The first row of the table, where none is named.
  await openai.images.generate({ model: "paint", prompt: "a tram" });
  expect(JSON.parse(model.calls[1]?.rawBody ?? "")).toEqual({
    model: "paint",
    prompt: "a tram",
    quality: "low",
    size: "1024x1024",
  });
  // Three were asked for, and one came.
  model.next({ outputTokens: 1 });
  await openai.images.generate({ model: "paint", prompt: "a tram", n: 3, quality: "high" });
  await expectCharges(user, 100, [12, 1, 4]);
  const { captures } = await readAccountTotals(user);
  expect(captures.at(-1)?.entry).toMatchObject({
    task: "image",
    unit: { kind: "image", variant: "high/1536x1024" },
    usage: { units: 2 },
  });
});

it("openai: speech costs its characters", async () => {
  standInModel();
  const user = await signUpWithEndpoints(100);
  const sound = await openAiOf(user).audio.speech.create({
    model: "speak",
    input: "مرحبا 👋",
    voice: "alloy",
  });
  expect(sound.headers.get("content-type")).toBe("audio/wav");
  expect(new Uint8Array(await sound.arrayBuffer())).toEqual(soundOf(0.8));
  await expectCharges(user, 100, [7]);
});

it("openai: transcriptions and translations cost the seconds that the vendor tells", async () => {
  standInModel();
  const user = await signUpWithEndpoints(100);
  const { audio } = openAiOf(user);
  const file = await toFile(soundOf(2.5), "ride.wav");
  const json = await audio.transcriptions.create({ model: "listen", file });
  expect(json.text).toBe("A sound of 2.5 seconds.");
  const verbose = await audio.transcriptions.create({
    model: "listen",
    file,
    response_format: "verbose_json",
    timestamp_granularities: ["word", "segment"],
  });
  expect(verbose.duration).toBe(2.5);
  const text = await audio.transcriptions.create({
    model: "listen",
    file,
    response_format: "text",
  });
  expect(text.trim()).toBe("A sound of 2.5 seconds.");
  await audio.translations.create({ model: "listen", file });
  await expectCharges(user, 100, [3, 3, 3, 3]);
});

it("openai: moderations are free, by name or without one", async () => {
  standInModel();
  const user = await signUpWithEndpoints(0);
  const openai = openAiOf(user);
  const { results } = await openai.moderations.create({ input: ["hello", "I kill you"] });
  expect(results.map(({ flagged }) => flagged)).toEqual([false, true]);
  await openai.moderations.create({ model: "check", input: "hello" });
  await expectCharges(user, 0, []);
  const { chats } = await user.account.chats({
    limit: 10,
    before: null,
    fromMs: null,
    untilMs: null,
    model: null,
    keyId: null,
    ending: null,
  });
  expect(chats.map(({ task }) => task)).toEqual(["moderation", "moderation"]);
});

it("@langchain/openai: embeds documents, and pays for their tokens", async () => {
  standInModel();
  const user = await signUpWithEndpoints(100);
  const embeddings = new OpenAIEmbeddings({
    model: "embed",
    apiKey: user.key,
    maxRetries: 0,
    configuration: { baseURL: "http://farebox.test/v1", fetch: fetchFromWorker },
  });
  expect(await embeddings.embedDocuments(["one two", "three"])).toHaveLength(2);
  expect(await embeddings.embedQuery("four")).toHaveLength(16);
  await expectCharges(user, 100, [3, 1]);
});

it("ai: embedMany pays for the tokens of all its values", async () => {
  standInModel();
  const user = await signUpWithEndpoints(100);
  const openai = createOpenAI({
    apiKey: user.key,
    baseURL: "http://farebox.test/v1",
    fetch: fetchFromWorker,
  });
  const { embeddings, usage } = await embedMany({
    model: openai.embeddingModel("embed"),
    values: ["one two", "three"],
  });
  expect([embeddings.length, usage.tokens]).toEqual([2, 3]);
  await expectCharges(user, 100, [3]);
});
