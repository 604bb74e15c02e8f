import { randomBytes } from "node:crypto";
import OpenAI, { APIError } from "openai";
import { Api, type Model, models, newKey, registered, usage } from "./api.ts";
import { assertThat, DemoFailure, expectEqual, step } from "./checks.ts";

/** The user of the demo. */
export interface DemoUser {
  readonly userId: string;
  readonly email: string;
  readonly api: Api;
  readonly openai: OpenAI;
  readonly key: string;
  /** The most expensive model, which no free allowance includes. */
  readonly model: Model;
}

/** Returns the error of a request that has to be refused. */
async function expectRefusal(request: Promise<unknown>): Promise<APIError> {
  try {
    await request;
  } catch (error) {
    if (error instanceof APIError) return error;
    throw error;
  }
  throw new DemoFailure("it was served");
}

const helloParams = (model: string) => ({
  model,
  messages: [{ role: "user" as const, content: "Where does this train go?" }],
});

/** Registers a new user, creates a key, and shows which models the Free plan includes. */
export async function signUp(url: string): Promise<DemoUser> {
  const modelRange = await step("The models and their prices are public", async () => {
    const { data } = await new Api(url).get("/v1/models", models);
    const mostExpensive = data.toSorted((a, b) => a.pricing.output - b.pricing.output).at(-1);
    const cheapest = data.toSorted((a, b) => a.pricing.output - b.pricing.output)[0];
    assertThat(
      mostExpensive !== undefined && cheapest !== undefined && mostExpensive !== cheapest,
      "there are fewer than two models",
    );
    const shown = data
      .map(({ id, pricing }) => `${id} ${pricing.input}/${pricing.output}`)
      .join(", ");
    return [`${shown} credits for a million tokens in/out`, { dearest: mostExpensive, cheapest }];
  });
  const email = `traveller-${randomBytes(4).toString("hex")}@farebox.local`;
  const { user, accessToken } = await step("A new user signs up", async () => {
    const registeredUser = await new Api(url).post(
      "/api/auth/register",
      { email, password: randomBytes(12).toString("base64url") },
      registered,
    );
    const { id, creditBalance } = registeredUser.user;
    expectEqual("the balance", creditBalance, 0);
    return [`${email}, ${id}, ${creditBalance} credits`, registeredUser];
  });
  const api = new Api(url, accessToken);
  const key = await step("They make an API key", async () => {
    const { prefix, key } = await api.post("/api/api-keys", { name: "Demo" }, newKey);
    return [`${prefix}…`, key];
  });
  const openai = new OpenAI({ apiKey: key, baseURL: `${url}/v1`, maxRetries: 0 });

  await step("A made-up key is refused", async () => {
    const unknownClient = new OpenAI({
      apiKey: `sk_${"0".repeat(64)}`,
      baseURL: `${url}/v1`,
      maxRetries: 0,
    });
    const error = await expectRefusal(
      unknownClient.chat.completions.create(helloParams(modelRange.cheapest.id)),
    );
    expectEqual("the status", error.status, 401);
    return [`401 ${error.code}`, null];
  });
  await step(`The Free plan pays for a chat with ${modelRange.cheapest.id}`, async () => {
    const reply = await openai.chat.completions.create(helloParams(modelRange.cheapest.id));
    const text = reply.choices[0]?.message.content ?? "";
    assertThat(text !== "", "the reply is empty");
    const { messages } = await api.get("/api/usage", usage);
    expectEqual("the messages counted", messages, 1);
    return [`“${text.slice(0, 40)}…”, ${messages} message of today's allowance used`, null];
  });
  await step(`A chat with ${modelRange.dearest.id} is not free`, async () => {
    const error = await expectRefusal(
      openai.chat.completions.create(helloParams(modelRange.dearest.id)),
    );
    expectEqual("the status", error.status, 402);
    return [`402 ${error.code}: ${error.message}`, null];
  });
  return { userId: user.id, email, api, openai, key, model: modelRange.dearest };
}
