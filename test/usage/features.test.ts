import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { setUserPlan } from "../../src/auth/index.ts";
import { findPlan, loadCatalog } from "../../src/catalog/index.ts";
import { database } from "../../src/db.ts";
import { call } from "../support/call.ts";
import { createKey, signUp } from "../support/sign-up.ts";

it("a plan has its features, and no others, for whoever asks with the user's key", async () => {
  const user = await signUp();
  const slug = `features-${crypto.randomUUID().slice(0, 8)}`;
  const plan = {
    slug,
    name: "With features",
    kind: "custom",
    features: ["High-res exports", "analytics"],
  } as const;
  const db = database(env.DB);
  await loadCatalog(
    db,
    { models: [], plans: [{ ...plan, features: [...plan.features] }] },
    Date.now(),
  );
  const token = await createKey(user, { scopes: ["read"] });
  const ask = async (name: string) =>
    await (await call("GET", `/api/features/${name}`, { token })).json();
  expect(await ask("analytics")).toEqual({ name: "analytics", included: false });
  const bought = await findPlan(db, slug);
  if (bought === undefined) throw new Error("no plan");
  await setUserPlan(db, user.userId, bought, Date.now());
  expect(await ask("analytics")).toEqual({ name: "analytics", included: true });
  // The name as a person or as a program writes it.
  expect(await ask("High-res%20exports")).toMatchObject({ included: true });
  expect(await ask("high_res_exports")).toMatchObject({ included: true });
  expect(await ask("sso")).toEqual({ name: "sso", included: false });
});
