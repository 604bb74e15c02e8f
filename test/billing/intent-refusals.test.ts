import { beforeAll, describe, expect, it } from "vitest";
import { recheckOpenOrders } from "../../src/billing/index.ts";
import { DAY_MS } from "../../src/time.ts";
import { call } from "../support/call.ts";
import { testContext } from "../support/context.ts";
import { fakeNetwork } from "../support/fake-network.ts";
import { loadShopCatalog, readUserState } from "../support/shop.ts";
import { signUp } from "../support/sign-up.ts";
import { standInStripe } from "../support/stripe.ts";

beforeAll(loadShopCatalog);

const PATH = "/api/payments/payment-intents";
const CARD = { paymentMethodId: "pm_card_visa" };

async function createIntent() {
  standInStripe();
  const { token } = await signUp();
  const answer = await call("POST", PATH, { token, body: { planId: "t-pack" } });
  const { id } = await answer.json<{ id: string }>();
  return { token, id };
}

const refusalOf = async (answer: Response) => [
  answer.status,
  (await answer.json<{ error: { code: string } }>()).error.code,
];

describe("when Stripe refuses or is down", () => {
  it.each<[number, string, [number, string]]>([
    [400, "amount_too_small", [422, "stripe_refused"]],
    [500, "api_error", [503, "billing_unavailable"]],
  ])("with %i, every request about an intent is refused", async (status, code, expected) => {
    const { token, id } = await createIntent();
    fakeNetwork.standIn("stripe.test", () =>
      Response.json(
        { error: { type: "api_error", code, message: "secret words" } },
        { status, headers: { "stripe-should-retry": "false" } },
      ),
    );
    const answers = [
      await call("POST", PATH, { token, body: { planId: "t-pack" } }),
      await call("GET", `${PATH}/${id}`, { token }),
      await call("POST", `${PATH}/${id}/confirm`, { token, body: CARD }),
    ];
    for (const answer of answers) expect(await refusalOf(answer)).toEqual(expected);
    const { data } = await (await call("GET", "/api/orders", { token })).json<{
      data: { status: string }[];
    }>();
    // The order of the intent that exists stays open; the new one fails.
    expect(data.map((order) => order.status)).toEqual(["failed", "pending"]);
  });
});

it("an intent whose order has failed cannot be confirmed", async () => {
  standInStripe();
  const user = await signUp();
  const answer = await call("POST", PATH, { token: user.token, body: { planId: "t-pack" } });
  const { id, orderId } = await answer.json<{ id: string; orderId: string }>();
  await recheckOpenOrders(testContext({ nowMs: Date.now() + 2 * DAY_MS }), 100);
  expect((await readUserState(user)).orders).toMatchObject([{ status: "failed" }]);
  const confirmed = await call("POST", `${PATH}/${id}/confirm`, { token: user.token, body: CARD });
  expect(await refusalOf(confirmed)).toEqual([409, "conflict"]);
  const again = await call("POST", PATH, { token: user.token, body: { orderId } });
  expect(await refusalOf(again)).toEqual([409, "conflict"]);
});
