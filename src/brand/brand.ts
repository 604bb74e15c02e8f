import type { Config } from "../config.ts";

/** The operator's brand, as customers see it. */
export interface Brand {
  readonly name: string;
  /** The address of the logo, on this site or another; null where there is none. */
  readonly logoUrl: string | null;
  /** The accent color as `#rrggbb`; null for the one of the design system. */
  readonly accent: string | null;
  /** An email address, or the address of a page. */
  readonly support: string | null;
  readonly terms: string | null;
  readonly privacy: string | null;
  readonly imprint: string | null;
  /** What `/` shows: `own page`, `pricing`, or the address to redirect to. */
  readonly home: string;
}

/** The values that an admin chose. Null leaves one to its setting. */
export interface BrandChoices {
  readonly name: string | null;
  readonly accent: string | null;
  readonly support: string | null;
  readonly terms: string | null;
  readonly privacy: string | null;
  readonly imprint: string | null;
  readonly home: string | null;
  readonly logoDigest: string | null;
}

export const NO_CHOICES: BrandChoices = {
  name: null,
  accent: null,
  support: null,
  terms: null,
  privacy: null,
  imprint: null,
  home: null,
  logoDigest: null,
};

/** The settings that a brand is made of. */
type BrandSettings = Pick<
  Config,
  | "BRAND_NAME"
  | "MAIL_FROM"
  | "BRAND_LOGO_URL"
  | "BRAND_ACCENT"
  | "SUPPORT_EMAIL"
  | "TERMS_URL"
  | "PRIVACY_URL"
  | "IMPRINT_URL"
  | "HOME_PAGE"
>;

/** Returns the address of an uploaded logo. */
export const logoPath = (digest: string): string => `/brand/logo/${digest}`;

/** Returns the brand of the settings alone. */
export const brandOfSettings = (config: BrandSettings): Brand => ({
  name: config.BRAND_NAME ?? (config.MAIL_FROM?.name || "Farebox"),
  logoUrl: config.BRAND_LOGO_URL,
  accent: config.BRAND_ACCENT,
  support: config.SUPPORT_EMAIL,
  terms: config.TERMS_URL,
  privacy: config.PRIVACY_URL,
  imprint: config.IMPRINT_URL,
  home: config.HOME_PAGE,
});

/** Returns the brand: what an admin chose, and the settings for the rest. */
export const combineBrand = (settings: Brand, choices: BrandChoices): Brand => ({
  name: choices.name ?? settings.name,
  logoUrl: choices.logoDigest === null ? settings.logoUrl : logoPath(choices.logoDigest),
  accent: choices.accent ?? settings.accent,
  support: choices.support ?? settings.support,
  terms: choices.terms ?? settings.terms,
  privacy: choices.privacy ?? settings.privacy,
  imprint: choices.imprint ?? settings.imprint,
  home: choices.home ?? settings.home,
});

/** Returns the address of a link to support: an email address becomes a `mailto:` one. */
export const supportHref = (support: string): string =>
  /^https?:/i.test(support) ? support : `mailto:${support}`;
