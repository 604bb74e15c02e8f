import type { ContentfulStatusCode } from "hono/utils/http-status";
import { type CheckedCatalog, catalogData } from "../../catalog/index.ts";
import { ApiRefusal, unwrap } from "../api.ts";
import type { PageContext } from "../context.ts";
import { renderPage } from "../layout.tsx";
import { pathParam } from "../path-param.ts";
import { refusalText } from "../refusal-text.ts";
import { PageTitle } from "../ui/page-title.tsx";
import { type CatalogForm, CatalogStep } from "./setup-catalog.tsx";
import {
  BrandStep,
  MailStep,
  PortalStep,
  type RefusedStep,
  SaleStep,
  type Setup,
  StripeStep,
  UpstreamSteps,
  WebhookStep,
} from "./setup-steps.tsx";

const UNPROCESSABLE = 422;

/** Lists the steps in their order, with their states. */
const listSteps = ({ stripe, webhook, portal, catalog, upstreams, mail, sale }: Setup) => [
  { id: "stripe", state: stripe.state },
  { id: "webhook", state: webhook.state },
  { id: "portal", state: portal.state },
  { id: "catalog", state: catalog.state },
  ...upstreams.map(({ name, state }) => ({ id: `upstream-${name}`, state })),
  { id: "mail", state: mail.state },
  { id: "sale", state: sale.state },
];

interface PageState {
  readonly refused?: RefusedStep;
  readonly form?: CatalogForm;
  readonly status?: ContentfulStatusCode;
}

async function renderSetup(c: PageContext, { refused, form, status = 200 }: PageState = {}) {
  const { setup: words, admin } = c.var.words;
  const setup = await unwrap(c.var.api.api.admin.setup.$get());
  const steps = listSteps(setup);
  const next = steps.find(({ state }) => state !== "done")?.id ?? null;
  const done = steps.filter(({ state }) => state === "done").length;
  const context = { c, setup, next, refused };
  return renderPage(
    c,
    {
      title: `${words.title} · ${admin.label}`,
      shell: "admin",
      styles: ["/setup.css"],
      children: (
        <>
          <PageTitle title={words.title} lead={words.lead} />
          <p>
            <strong>{setup.isComplete ? words.complete : words.left(done, steps.length)}</strong>
          </p>
          <div class="setup-steps">
            <StripeStep {...context} />
            <WebhookStep {...context} />
            <PortalStep {...context} />
            <CatalogStep {...context} form={form} />
            <UpstreamSteps {...context} />
            <MailStep {...context} />
            <BrandStep {...context} />
            <SaleStep {...context} />
          </div>
        </>
      ),
    },
    status,
  );
}

/** `GET /admin/setup?catalog=`: leads through the set-up; with a shipped catalog in the form. */
export async function setupPage(c: PageContext) {
  const name = c.req.query("catalog");
  if (name === undefined) return await renderSetup(c);
  const param = { name };
  const { catalogs } = c.var.api.api.admin.setup;
  const shown = await unwrap(catalogs[":name"].$get({ param }));
  return await renderSetup(c, {
    form: { text: JSON.stringify(shown.catalog, null, 2), errors: [] },
  });
}

/** Runs a step, and shows the page again with why it was refused. */
async function runStep(c: PageContext, id: string, run: () => Promise<unknown>) {
  try {
    await run();
    return c.redirect(`/admin/setup#${encodeURIComponent(id)}`, 303);
  } catch (error) {
    if (!(error instanceof ApiRefusal)) throw error;
    const message = refusalText(c, error);
    return await renderSetup(c, { refused: { id, message }, status: error.status });
  }
}

/** `POST /admin/setup/webhook` */
export const createWebhook = (c: PageContext) =>
  runStep(c, "webhook", () => unwrap(c.var.api.api.admin.setup.webhook.$post()));

/** `POST /admin/setup/portal` */
export const createPortal = (c: PageContext) =>
  runStep(c, "portal", () => unwrap(c.var.api.api.admin.setup.portal.$post()));

/** `POST /admin/setup/mail` */
export const testMail = (c: PageContext) =>
  runStep(c, "mail", () => unwrap(c.var.api.api.admin.setup.mail.test.$post()));

/** `POST /admin/setup/upstreams/:name` */
export async function testUpstream(c: PageContext) {
  const { model } = await c.req.parseBody();
  const json = typeof model === "string" && model.trim() !== "" ? { model: model.trim() } : {};
  const { upstreams } = c.var.api.api.admin.setup;
  return await runStep(c, `upstream-${c.req.param("name") ?? ""}`, () =>
    unwrap(upstreams[":name"].test.$post({ param: { name: pathParam(c, "name") }, json })),
  );
}

/** More problems of a catalog are not shown at once. */
const PROBLEMS_MAX = 20;

/** Reads a pasted catalog by the wire's own schema; or lists what is wrong, field by field. */
function readCatalog(c: PageContext, text: string): CheckedCatalog | readonly string[] {
  try {
    const checked = catalogData.safeParse(JSON.parse(text));
    if (checked.success) return checked.data;
    return checked.error.issues
      .slice(0, PROBLEMS_MAX)
      .map(({ path, message }) => [path.join("."), message].filter(Boolean).join(": "));
  } catch (error) {
    const reason = error instanceof Error ? error.message : "";
    return [c.var.words.setup.catalog.notJson(reason)];
  }
}

/** `POST /admin/setup/catalog` */
export async function loadCatalog(c: PageContext) {
  const { catalog, only } = await c.req.parseBody();
  const text = typeof catalog === "string" ? catalog : "";
  const read = readCatalog(c, text);
  if (!("plans" in read))
    return await renderSetup(c, { form: { text, errors: read }, status: UNPROCESSABLE });
  try {
    const json = { catalog: read, only: only === "true" };
    await unwrap(c.var.api.api.admin.setup.catalog.$post({ json }));
    return c.redirect("/admin/setup#catalog", 303);
  } catch (error) {
    if (!(error instanceof ApiRefusal)) throw error;
    const errors = [refusalText(c, error)];
    return await renderSetup(c, { form: { text, errors }, status: error.status });
  }
}
