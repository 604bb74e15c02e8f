import { beforeAll, expect, it } from "vitest";
import { app } from "../../src/app.ts";
import { cookieOf, pageText, signUpVisitor, submitForm } from "../support/browser.ts";
import { loadShopCatalog } from "../support/shop.ts";
import { createKey } from "../support/sign-up.ts";
import { standInStripe } from "../support/stripe.ts";
import { createSubscriptionPlans, subscribeUser } from "../support/subscriber.ts";

beforeAll(loadShopCatalog);

/** The last part of the path of a form that destroys, ends or takes back something. */
const DESTRUCTIVE =
  /\/(?:deactivate|delete|end|refund|remove|revoke|suspend|unlist|cancel|users\/:id\/(?:api-keys|sessions|totp))$/;

/** What is asked on a page of its own, with the password. */
const OWN_PAGES = ["/account/delete"];

/** Lists the paths that destroy something, each with `:id` in the place of ids. */
const listDestructivePaths = (): string[] =>
  app.routes
    .filter(({ method, path }) => method === "POST" && !path.startsWith("/api/"))
    .map(({ path }) => path.replaceAll(/:\w+/g, ":id"))
    .filter((path) => DESTRUCTIVE.test(path) && !OWN_PAGES.includes(path));

const SOURCES = import.meta.glob("../../src/pages/**/*.tsx", {
  eager: true,
  query: "?raw",
  import: "default",
});

/** The components that are a form behind a button, and their files. */
const ASKING = new Map([
  ["Confirm", "ui/confirm"],
  ["ManagePart", "admin/manage-part"],
  ["RefundCard", "admin/refund-card"],
]);

/** Whether the form of a component is inside of details. */
const isAsking = (component: string): boolean => {
  const source = SOURCES[`../../src/pages/${ASKING.get(component) ?? ""}.tsx`] ?? "";
  return /<details(?:(?!<\/details>).)*action=\{action\}/s.test(source);
};

/** A form in the source of the pages. */
interface Form {
  /** Its path, with `:id` in the place of what is filled in. */
  readonly action: string;
  /** Whether its button opens a question with a second button, or a field, first. */
  readonly asks: boolean;
}

/** Lists the forms in a source. */
const listForms = (source: string): Form[] =>
  [...source.matchAll(/<(\w+)\b[^<>]*?\baction=\{?["`]([^"`]*)["`]/g)].map(
    ({ 1: tag = "", 2: action = "", index }) => {
      const before = source.slice(0, index);
      const depth = before.split("<details").length - before.split("</details>").length;
      return {
        action: action.replaceAll(/\$\{[^}]*\}/g, ":id"),
        asks: isAsking(tag) || depth > 0,
      };
    },
  );

it("every form that destroys something asks once before it is sent", () => {
  const forms = Object.values(SOURCES).flatMap(listForms);
  // `${path}/suspend` has no more than the end of its path in the source.
  const formsOf = (path: string) =>
    forms.filter(({ action }) => action === path || path.endsWith(action.replace(/^:id\//, "/")));
  const paths = listDestructivePaths();
  expect(paths).toEqual(expect.arrayContaining(["/keys/:id/revoke", "/admin/users/:id/suspend"]));
  expect(paths.filter((path) => formsOf(path).length === 0)).toEqual([]);
  expect(paths.filter((path) => formsOf(path).some(({ asks }) => !asks))).toEqual([]);
});

it("a canceled plan says when it ends, what is lost, and afterwards that it is done", async () => {
  const stripe = standInStripe();
  const user = await subscribeUser(stripe, (await createSubscriptionPlans()).pro);
  const cookie = `farebox_session=${user.refreshToken}`;
  const before = await pageText("/dashboard", { cookie });
  expect(before).toMatch(/Cancel [^<]+\? You keep it until \w+ \d+, \d{4}/);
  expect(before).toContain("lose what only this plan includes");
  const sent = await submitForm("/subscription/cancel", { reason: "Too dear" }, { cookie });
  expect([sent.status, sent.headers.get("location")]).toEqual([303, "/dashboard"]);
  const told = await pageText("/dashboard", { cookie: `${cookie}; ${cookieOf(sent)}` });
  expect(told).toContain("Your plan is canceled. You keep it until");
  expect(told).toContain("/subscription/resume");
  const [subscription] = (await stripe.client.subscriptions.list()).data;
  expect(subscription?.cancellation_details?.comment).toBe("Too dear");
});

it("a revoked key is told by its name, once", async () => {
  standInStripe();
  const visitor = await signUpVisitor();
  const { cookie } = visitor;
  await createKey(visitor, { name: "Backup job" });
  const [, action = ""] =
    /action="(\/keys\/key_\w+\/revoke)"/.exec(await pageText("/keys", { cookie })) ?? [];
  const sent = await submitForm(action, { name: "Backup job" }, { cookie });
  const told = await pageText("/keys", { cookie: `${cookie}; ${cookieOf(sent)}` });
  expect(told).toContain("“Backup job” is revoked.");
  expect(await pageText("/keys", { cookie })).not.toContain("is revoked");
});
