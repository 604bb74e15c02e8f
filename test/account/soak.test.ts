import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, it, vi } from "vitest";
import { CreditAccount } from "../../src/account/index.ts";
import { ENTRIES_SQL, type EntryRow, type Reported, type SoakTarget } from "../soak/play.ts";
import { soak } from "../soak/soak.ts";

afterEach(() => vi.useRealTimers());

/** D1, whose calls fail while it is said to be down. */
function switchableD1() {
  let isDown = false;
  const DB = new Proxy(env.DB, {
    get: (target, name) => {
      if (isDown) throw new Error("D1 is down");
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  return {
    DB,
    setDown: (down: boolean) => {
      isDown = down;
    },
  };
}

async function readReported(userId: string): Promise<Reported> {
  const overage = await env.DB.prepare(
    `SELECT event_name AS name, sum(quantity) AS quantity FROM overage_reports
     WHERE user_id = ? GROUP BY event_name`,
  )
    .bind(userId)
    .all<{ name: string; quantity: number }>();
  const days = await env.DB.prepare(
    `SELECT day, model, requests, input_tokens AS inputTokens,
       cached_input_tokens AS cachedInputTokens, output_tokens AS outputTokens, microcredits
     FROM usage_daily WHERE user_id = ?`,
  )
    .bind(userId)
    .all<Reported["days"][number]>();
  return {
    overage: Object.fromEntries(overage.results.map(({ name, quantity }) => [name, quantity])),
    days: days.results,
  };
}

it("an account in workerd does what the model says", async () => {
  vi.useFakeTimers({ now: Date.UTC(2082, 10, 29), toFake: ["Date"] });
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  const stub = env.CREDIT_ACCOUNT.get(env.CREDIT_ACCOUNT.newUniqueId());
  const result = await runInDurableObject(stub, async (_instance, state) => {
    const { DB, setDown } = switchableD1();
    const { storage } = state;
    const makeTarget = async (): Promise<SoakTarget> => {
      await storage.deleteAlarm();
      await storage.deleteAll();
      const wake = () => new CreditAccount(state, { ...env, DB });
      let account = wake();
      return {
        account: () => account,
        restart: () => {
          account = wake();
        },
        setNow: (nowMs) => vi.setSystemTime(nowMs),
        setD1Down: setDown,
        listEntries: (afterNo) => storage.sql.exec<EntryRow>(ENTRIES_SQL, afterNo).toArray(),
        forgetCheckpoint: () => {
          storage.sql.exec("DELETE FROM checkpoint");
          storage.sql.exec("DELETE FROM spent_grants");
        },
        alarmAt: () => storage.getAlarm(),
        readReported,
      };
    };
    return await soak(makeTarget, { seed: 5, operations: 750 });
  });
  expect(result).toMatchObject({ operations: 750, failure: null });
});
