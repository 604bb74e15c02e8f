import { z } from "zod";
import { accentSheetPath, parseAccent } from "../../brand/index.ts";
import { ApiRefusal, type SuccessBody, unwrap } from "../api.ts";
import { Field, FieldHelp, Notice } from "../components.tsx";
import type { PageContext } from "../context.ts";
import { renderPage } from "../layout.tsx";
import { refusalText } from "../refusal-text.ts";
import { flash } from "../ui/flash.ts";
import { PageTitle } from "../ui/page-title.tsx";
import { BrandPreview } from "./brand-preview.tsx";

const FIELDS = ["name", "accent", "support", "terms", "privacy", "imprint", "home"] as const;
type BrandField = (typeof FIELDS)[number];
type Typed = Readonly<Partial<Record<BrandField, string>>>;

type BrandAnswer = SuccessBody<PageContext["var"]["api"]["api"]["admin"]["brand"]["$get"]>;

const typedForm = z.object(
  Object.fromEntries(FIELDS.map((field) => [field, z.string().trim().optional()])),
);

const HINTS = {
  support: "supportHint",
  terms: "urlHint",
  privacy: "urlHint",
  imprint: "urlHint",
  home: "homeHint",
} as const;

/** The form of the brand, with what was typed and why it was refused. */
async function renderBrandPage(c: PageContext, typed: Typed, error?: ApiRefusal) {
  const { brand: words, admin } = c.var.words;
  const answer = await unwrap(c.var.api.api.admin.brand.$get());
  const errorFor = (field: string) =>
    error?.body.param === field ? refusalText(c, error) : undefined;
  const hasFormError =
    error !== undefined && ![...FIELDS, "logo"].some((field) => errorFor(field) !== undefined);
  const valueOf = (field: BrandField) => typed[field] ?? answer.chosen[field] ?? "";
  const field = (name: BrandField, hint?: string) => (
    <Field
      name={name}
      label={words[name]}
      value={valueOf(name)}
      hint={[hint, fallbackOf(c, answer, name)].filter((text) => text !== undefined).join(" ")}
      error={errorFor(name)}
    />
  );
  const accent = parseAccent(valueOf("accent")) ?? answer.shown.accent;
  return renderPage(
    c,
    {
      title: `${words.title} · ${admin.label}`,
      shell: "admin",
      styles: [
        "/brand.css",
        ...(accent === null ? [] : [`${accentSheetPath(accent)}&for=preview`]),
      ],
      scripts: ["/brand.js"],
      children: (
        <>
          <PageTitle title={words.title} lead={words.lead} />
          {hasFormError ? <Notice kind="bad">{refusalText(c, error)}</Notice> : null}
          <div class="brand-page">
            <form method="post" action="/admin/brand" enctype="multipart/form-data">
              <h2>{words.identity}</h2>
              {field("name")}
              {field("accent", words.accentHint)}
              <div class="field" data-needs-script hidden>
                <label for="accent-picker">{words.pickAccent}</label>
                <input id="accent-picker" type="color" value={accent ?? "#0b6b4f"} />
              </div>
              <LogoField c={c} logoUrl={answer.chosen.logoUrl} error={errorFor("logo")} />
              <h2>{words.links}</h2>
              {(["support", "terms", "privacy", "imprint", "home"] as const).map((name) =>
                field(name, words[HINTS[name]]),
              )}
              <p class="row">
                <button type="submit">{words.save}</button>
                <button
                  type="submit"
                  class="plain"
                  formmethod="get"
                  formenctype="application/x-www-form-urlencoded"
                >
                  {words.previewButton}
                </button>
              </p>
            </form>
            <BrandPreview
              c={c}
              name={valueOf("name") || answer.shown.name}
              logoUrl={answer.shown.logoUrl}
            />
          </div>
        </>
      ),
    },
    error?.status ?? 200,
  );
}

/** Says what is shown where a field is empty. */
function fallbackOf(c: PageContext, { settings }: BrandAnswer, field: BrandField): string {
  const { brand: words } = c.var.words;
  const setting = settings[field];
  return setting === null ? words.noFallback : words.fallback(setting);
}

function LogoField({
  c,
  logoUrl,
  error,
}: {
  c: PageContext;
  logoUrl: string | null;
  error: string | undefined;
}) {
  const { brand: words } = c.var.words;
  return (
    <>
      <div class="field">
        <label for="logo">{words.logo}</label>
        <input
          id="logo"
          name="logo"
          type="file"
          accept="image/png,image/svg+xml,image/webp"
          aria-describedby={error === undefined ? "logo-hint" : "logo-hint logo-problem"}
        />
        <FieldHelp name="logo" label={words.logo} hint={words.logoHint} error={error} />
      </div>
      {logoUrl === null ? null : (
        <p class="row">
          <img class="brand-logo" src={logoUrl} alt={words.logoNow} />
          <label>
            <input type="checkbox" name="removeLogo" value="yes" /> {words.removeLogo}
          </label>
        </p>
      )}
    </>
  );
}

/** `GET /admin/brand`: shows the brand. What stands in the address is previewed. */
export const brandPage = (c: PageContext) => renderBrandPage(c, typedForm.parse(c.req.query()));

/** Returns the logo of a form in base64: null to remove it, undefined to leave it. */
async function readLogo(form: Record<string, unknown>): Promise<string | null | undefined> {
  const file = form["logo"];
  if (file instanceof File && file.size > 0)
    return new Uint8Array(await file.arrayBuffer()).toBase64();
  return form["removeLogo"] === "yes" ? null : undefined;
}

/** `POST /admin/brand`: changes the brand. An empty field returns to the setting. */
export async function updateBrand(c: PageContext) {
  const form: Record<string, unknown> = await c.req.parseBody();
  const typed: Typed = typedForm.parse(form);
  const logo = await readLogo(form);
  const patch = Object.fromEntries(
    FIELDS.flatMap((field) =>
      typed[field] === undefined ? [] : [[field, typed[field] === "" ? null : typed[field]]],
    ),
  );
  try {
    await unwrap(
      c.var.api.api.admin.brand.$patch({
        json: { ...patch, ...(logo === undefined ? {} : { logo }) },
      }),
    );
  } catch (error) {
    if (error instanceof ApiRefusal && error.status === 400)
      return await renderBrandPage(c, typed, error);
    throw error;
  }
  flash(c, "brandSaved");
  return c.redirect("/admin/brand", 303);
}
