import { env } from "cloudflare:workers";
import { beforeAll, expect, it, vi } from "vitest";
import { catchUp, runCron } from "../../src/cron.ts";
import { MINUTE_MS } from "../../src/time.ts";
import { loadShopCatalog, openCheckout, readUserState } from "../support/shop.ts";
import { signUp } from "../support/sign-up.ts";
import { standInStripe } from "../support/stripe.ts";

beforeAll(loadShopCatalog);

it("I7: one minute of the cron heals more sales than one invocation may", async () => {
  await env.DB.prepare("update orders set next_check_at = null").run();
  vi.useFakeTimers({ now: Date.now(), toFake: ["Date"] });
  const stripe = standInStripe();
  const users = [await signUp(), await signUp(), await signUp(), await signUp(), await signUp()];
  const sales = 25;
  for (let sale = 0; sale < sales; sale += 1) {
    const user = users[sale % users.length];
    if (user === undefined) continue;
    await stripe.pay((await openCheckout(user.token, { planId: "t-pack" })).url);
  }
  vi.setSystemTime(Date.now() + 11 * MINUTE_MS);
  await env.DB.prepare("delete from cursors").run();
  await runCron(env, Date.now(), (nowMs) => catchUp(env, nowMs));
  const balances = await Promise.all(
    users.map(async (user) => (await readUserState(user)).creditBalance),
  );
  vi.useRealTimers();
  expect(balances).toEqual(users.map(() => (sales / users.length) * 100));
});
