import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { adminHeaders, openPage, signUpVisitor, submitForm } from "../support/browser.ts";
import { loadDefaultCatalog } from "../support/catalog.ts";
import { standInStripe } from "../support/stripe.ts";

const ORIGIN = env.PUBLIC_URL;

/** Returns the address of a page in Arabic, as the page itself links it. */
function arabicHref(html: string, address: string): URL {
  const link = /<a href="([^"]*)" lang="ar"/.exec(html)?.[1]?.replaceAll("&amp;", "&");
  if (link === undefined) throw new Error(`${address} links no Arabic page`);
  return new URL(link, `${ORIGIN}${address}`);
}

/** Opens an address and follows its redirects. */
async function follow(address: string, headers: Record<string, string>) {
  let path = address;
  for (let hops = 0; hops < 5; hops += 1) {
    const response = await openPage(path, headers);
    const location = response.headers.get("location");
    if (location === null) return { path, response };
    const url = new URL(location, `${ORIGIN}${path}`);
    path = `${url.pathname}${url.search}`;
  }
  throw new Error(`${address} redirects without an end`);
}

let viewers: Record<"visitor" | "member" | "admin", Record<string, string>>;
beforeAll(async () => {
  await loadDefaultCatalog();
  standInStripe();
  const { cookie } = await signUpVisitor();
  viewers = { visitor: {}, member: { cookie }, admin: await adminHeaders() };
});

/** Pages by who sees them, with queries that have to survive. */
const ADDRESSES: Readonly<Record<"visitor" | "member" | "admin", readonly string[]>> = {
  visitor: [
    "/",
    "/signup?next=%2Fchat",
    "/login?next=%2Fpricing%3Fcurrency%3Deur",
    "/confirm?token=abc",
    "/forgot",
    "/reset?token=abc",
    "/unsubscribe?token=abc",
    "/docs",
    "/marketplace?q=poet&sort=price",
    "/cancel?canceled=true",
    "/account/deleted",
    "/pricing",
  ],
  member: [
    "/pricing?currency=eur&interval=year&next=%2Fchat%2Fcnv_1%3Fmodel%3Dlarge",
    "/change?planId=pro&interval=year",
    "/activity?model=large&from=2026-11-01&ending=complete",
    "/success?session_id=cs_1&next=%2Fchat",
    "/dashboard",
    "/verify",
    "/credits",
    "/keys",
    "/account",
    "/account/mail",
    "/account/orders",
    "/account/invoices",
    "/account/delete",
    "/chat?model=large",
    "/chat/cnv_1",
    "/agents",
    "/agents/new",
    "/agents/licensed",
    "/agents/earnings",
    "/no/such/page?with=query",
  ],
  admin: [
    "/admin?from=2026-11-01",
    "/admin/users?q=a%40b.test&role=admin",
    "/admin/usage?by=model",
    "/admin/orders?status=completed",
    "/admin/events?status=failed",
    "/admin/drift",
    "/admin/audit?actor=admin",
    "/admin/mails",
    "/admin/catalog",
    "/admin/plans/pro",
    "/admin/models/small",
  ],
};
const EVERY_ADDRESS = (["visitor", "member", "admin"] as const).flatMap((as) =>
  ADDRESSES[as].map((path) => ({ as, path })),
);

it.each(EVERY_ADDRESS)(
  "$path keeps its whole address in another language",
  async ({ path, as }) => {
    const { path: address, response } = await follow(path, viewers[as]);
    const html = await response.text();
    const { pathname, searchParams } = arabicHref(html, address);
    const before = new URL(address, ORIGIN);
    expect(pathname).toBe(before.pathname);
    expect([...searchParams]).toEqual([...before.searchParams, ["lang", "ar"]]);
  },
);

describe("the page of a refused form", () => {
  it.each([
    {
      form: "/buy?currency=eur&next=%2Fchat%2Fcnv_1",
      values: { planId: "nothing" },
      shows: "/pricing?currency=eur&next=%2Fchat%2Fcnv_1",
    },
    {
      form: "/change?planId=pro&interval=month",
      values: { planId: "pro", interval: "month" },
      shows: "/change?planId=pro&interval=month&lang=ar",
    },
    { form: "/keys", values: { name: "" }, shows: "/keys?lang=ar" },
    { form: "/account/name", values: { name: "x".repeat(300) }, shows: "/account" },
    { form: "/agents", values: { name: "" }, shows: "/agents?lang=ar" },
    { form: "/chat/cnv_1/rename", values: { title: "" }, shows: "/chat/cnv_1" },
    { form: "/subscription/cancel", values: {}, shows: "/dashboard" },
    { form: "/billing", values: {}, shows: "/dashboard" },
    { form: "/keys/key_1/revoke", values: {}, shows: "/keys" },
    { form: "/verify/send", values: {}, shows: "/verify" },
  ])("of $form leads to $shows", async ({ form, values, shows }) => {
    const refused = await submitForm(form, values, viewers.member);
    const html = await refused.text();
    // A form that is not refused leads to a page by itself.
    if (refused.status === 303) return;
    const { pathname, search } = arabicHref(html, form);
    const { path } = await follow(`${pathname}${search}`, viewers.member);
    expect(path).toBe(shows);
  });
});
