import { randomBytes } from "node:crypto";
import OpenAI, { APIError } from "openai";
import { Api, type Model, models, newKey, registered, usage } from "./api.ts";
import { assertThat, DemoFailure, expectEqual, step } from "./checks.ts";

/** Who makes the journey. */
export interface DemoUser {
  readonly userId: string;
  readonly email: string;
  readonly api: Api;
  readonly openai: OpenAI;
  readonly key: string;
  /** The model that the demo pays for: the dearest, which no free allowance covers. */
  readonly model: Model;
}

/** Asks for something that must be refused, and gives the refusal. */
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

/** Registers someone new, gives them a key, and shows what is free and what is not. */
export async function signUp(url: string): Promise<DemoUser> {
  const listed = await step("The models and their prices are public", async () => {
    const { data } = await new Api(url).get("/v1/models", models);
    const dearest = data.toSorted((a, b) => a.pricing.output - b.pricing.output).at(-1);
    const cheapest = data.toSorted((a, b) => a.pricing.output - b.pricing.output)[0];
    assertThat(
      dearest !== undefined && cheapest !== undefined && dearest !== cheapest,
      "there are fewer than two models",
    );
    const shown = data
      .map(({ id, pricing }) => `${id} ${pricing.input}/${pricing.output}`)
      .join(", ");
    return [`${shown} credits for a million tokens in/out`, { dearest, cheapest }];
  });
  const email = `traveller-${randomBytes(4).toString("hex")}@farebox.local`;
  const { user, accessToken } = await step("A new user signs up", async () => {
    const made = await new Api(url).post(
      "/api/auth/register",
      { email, password: randomBytes(12).toString("base64url") },
      registered,
    );
    expectEqual("the balance", made.user.creditBalance, 0);
    return [`${email}, ${made.user.id}, ${made.user.creditBalance} credits`, made];
  });
  const api = new Api(url, accessToken);
  const key = await step("They make an API key", async () => {
    const made = await api.post("/api/api-keys", { name: "Demo" }, newKey);
    return [`${made.prefix}…`, made.key];
  });
  const openai = new OpenAI({ apiKey: key, baseURL: `${url}/v1`, maxRetries: 0 });

  await step("A made-up key is refused", async () => {
    const unknownUser = new OpenAI({
      apiKey: `sk_${"0".repeat(64)}`,
      baseURL: `${url}/v1`,
      maxRetries: 0,
    });
    const error = await expectRefusal(
      unknownUser.chat.completions.create(helloParams(listed.cheapest.id)),
    );
    expectEqual("the status", error.status, 401);
    return [`401 ${error.code}`, null];
  });
  await step(`The Free plan pays for a chat with ${listed.cheapest.id}`, async () => {
    const reply = await openai.chat.completions.create(helloParams(listed.cheapest.id));
    const text = reply.choices[0]?.message.content ?? "";
    assertThat(text !== "", "the reply is empty");
    const { messages } = await api.get("/api/usage", usage);
    expectEqual("the messages counted", messages, 1);
    return [`“${text.slice(0, 40)}…”, ${messages} message of today's allowance used`, null];
  });
  await step(`A chat with ${listed.dearest.id} is not free`, async () => {
    const error = await expectRefusal(
      openai.chat.completions.create(helloParams(listed.dearest.id)),
    );
    expectEqual("the status", error.status, 402);
    return [`402 ${error.code}: ${error.message}`, null];
  });
  return { userId: user.id, email, api, openai, key, model: listed.dearest };
}
