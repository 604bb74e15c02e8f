import type { PageContext } from "../context.ts";

/** A brand as pages show it: the top of a page, a card and a button, in both themes. */
export function BrandPreview({
  c,
  name,
  logoUrl,
}: {
  c: PageContext;
  name: string;
  logoUrl: string | null;
}) {
  const { brand: words } = c.var.words;
  return (
    <section class="brand-previews" aria-label={words.preview}>
      {(["light", "dark"] as const).map((theme) => (
        <div class={`brand-preview ${theme}`}>
          <div class="brand-preview-bar">
            <span class="brand">
              <img src={logoUrl ?? "/brand/icon.svg"} alt="" height="24" data-brand-logo />
              <span data-brand-name>{name}</span>
            </span>
            <span class="muted">{words[theme]}</span>
          </div>
          <div class="card">
            <p>
              <strong>{words.sampleTitle}</strong> <span class="badge">{words.sampleBadge}</span>
            </p>
            <p>{words.sampleText}</p>
            <p class="row">
              <span class="button">{words.sampleButton}</span>
              <a href="#content">{words.sampleLink}</a>
            </p>
          </div>
        </div>
      ))}
    </section>
  );
}
