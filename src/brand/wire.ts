import { z } from "zod";
import type { Context } from "../context.ts";
import { named } from "../http/answer-fields.ts";
import { type Brand, type BrandChoices, brandOfSettings, combineBrand, logoPath } from "./brand.ts";

const text = z.string().nullable();

/** The brand, for everybody. */
export const brandView = named("Brand", {
  name: z.string(),
  logoUrl: text.describe("On this site where it begins with a slash."),
  accent: text.describe("A color as `#rrggbb`."),
  support: text.describe("An email address, or the address of a page."),
  terms: text,
  privacy: text,
  imprint: text,
  home: z.string().describe("`own page`, `pricing`, or the address to redirect `/` to."),
});

/** The brand with what it is made of. */
export const brandToAdminView = named("BrandToAdmin", {
  shown: brandView.describe("What customers see: your choices, and the settings for the rest."),
  chosen: z
    .strictObject({
      name: text,
      logoUrl: text.describe("The uploaded logo's address."),
      accent: text,
      support: text,
      terms: text,
      privacy: text,
      imprint: text,
      home: text,
    })
    .describe("What admins chose. Null leaves it to the setting."),
  settings: brandView.describe("What the settings say."),
});
export type BrandToAdminView = z.infer<typeof brandToAdminView>;

/** Shows the brand to everybody. */
export const showBrand = (brand: Brand): z.infer<typeof brandView> => ({ ...brand });

/** Shows the brand to an admin. */
export function showBrandToAdmin(
  { config }: Pick<Context, "config">,
  { logoDigest, ...choices }: BrandChoices,
): BrandToAdminView {
  const settings = brandOfSettings(config);
  return {
    shown: showBrand(combineBrand(settings, { ...choices, logoDigest })),
    chosen: { ...choices, logoUrl: logoDigest === null ? null : logoPath(logoDigest) },
    settings,
  };
}
