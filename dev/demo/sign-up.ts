import { randomBytes } from "node:crypto";
import OpenAI, { APIError } from "openai";
import { Api, type Model, models, newKey, plans, registered, usage } from "./api.ts";
import { assertThat, DemoFailure, expectEqual, step } from "./checks.ts";

/** The user of the demo. */
export interface DemoUser {
  readonly userId: string;
  readonly email: string;
  readonly api: Api;
  readonly openai: OpenAI;
  readonly key: string;
}

/** A user with the most expensive model that the free plan does not include; null for none. */
export interface SignedUp {
  readonly user: DemoUser;
  readonly paidModel: Model | null;
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
export async function signUp(url: string): Promise<SignedUp> {
  const modelRange = await step("The models and their prices are public", async () => {
    const api = new Api(url);
    const { data } = await api.get("/v1/models", models);
    const sold = await api.get("/api/plans/active?limit=100", plans);
    const included = sold.data.find(({ kind }) => kind === "free")?.models ?? null;
    const isFree = ({ id }: Model): boolean => included === null || included.includes(id);
    const byPrice = data.toSorted((a, b) => a.pricing.output - b.pricing.output);
    assertThat(byPrice.length > 0, "there are none");
    const cheapest = byPrice.find(isFree);
    const mostExpensive = byPrice.findLast((model) => !isFree(model));
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
  const key = await step("They create an API key", async () => {
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
    const error = await expectRefusal(unknownClient.chat.completions.create(helloParams("any")));
    expectEqual("the status", error.status, 401);
    return [`401 ${error.code}`, null];
  });
  const { cheapest, dearest } = modelRange;
  if (cheapest !== undefined)
    await step(`The Free plan pays for a chat with ${cheapest.id}`, async () => {
      const reply = await openai.chat.completions.create(helloParams(cheapest.id));
      const text = reply.choices[0]?.message.content ?? "";
      assertThat(text !== "", "the reply is empty");
      const { messages } = await api.get("/api/usage", usage);
      expectEqual("the messages counted", messages, 1);
      return [`“${text.slice(0, 40)}…”, ${messages} message of today's allowance used`, null];
    });
  if (dearest !== undefined)
    await step(`A chat with ${dearest.id} is not free`, async () => {
      const error = await expectRefusal(openai.chat.completions.create(helloParams(dearest.id)));
      expectEqual("the status", error.status, 402);
      return [`402 ${error.code}: ${error.message}`, null];
    });
  const demoUser = { userId: user.id, email, api, openai, key };
  return { user: demoUser, paidModel: dearest ?? null };
}
