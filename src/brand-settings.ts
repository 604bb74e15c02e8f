import { z } from "zod";

/** Control characters, line breaks, and marks that reorder the text around them. */
const UNREADABLE = /[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]/u;

/** A path on this site: one slash first, since two lead to another host. */
const LOCAL_PATH = /^\/(?![/\\])[^\s\\]*$/;

const isWebAddress = (value: string): boolean => {
  const url = URL.parse(value);
  return (
    url !== null &&
    (url.protocol === "https:" || url.protocol === "http:") &&
    `${url.username}${url.password}` === ""
  );
};

const bounded = z.string().max(500, { abort: true }).trim();

/** The name that customers read. */
export const brandNameField = z
  .string()
  .max(200, { abort: true })
  .trim()
  .min(1)
  .max(60)
  .refine(
    (value) => !UNREADABLE.test(value) && value.isWellFormed(),
    "must be one line of plain text",
  );

/** The address of a page or picture: elsewhere, or on this site. */
export const brandUrlField = bounded.refine(
  (value) => isWebAddress(value) || LOCAL_PATH.test(value),
  "must be an https URL, or a path on this site such as /terms.html",
);

/** A color as `#rrggbb` in lower case. */
export const accentField = bounded
  .regex(/^#?(?:[0-9a-f]{3}|[0-9a-f]{6})$/i, "must be a hex color such as #0b6b4f")
  .transform((value) => {
    const digits = value.replace("#", "").toLowerCase();
    return `#${digits.length === 3 ? digits.replace(/./g, "$&$&") : digits}`;
  });

/** Where customers get help: an email address, or the address of a page. */
export const supportField = bounded.refine(
  (value) => z.email().safeParse(value).success || isWebAddress(value),
  "must be an email address or an https URL",
);

/** What `/` shows: the shop's own page, the price list, or a page elsewhere. */
export const homeField = bounded.refine(
  (value) => value === "own page" || value === "pricing" || isWebAddress(value),
  'must be "own page", "pricing", or an https URL',
);

/** A setting that is not set where it is empty. */
const orNull = <T extends z.ZodType<string, string>>(field: T) =>
  z
    .string()
    .default("")
    .transform((value) => (value.trim() === "" ? null : value))
    .pipe(field.nullable());
const orDefault = <T extends z.ZodType<string, string>>(field: T, value: string) =>
  orNull(field).transform((given) => given ?? value);

/** The settings of the operator's brand. An empty one is not set. */
export const brandSettings = {
  /** Without it, the name of the sender of mails, else Farebox. */
  BRAND_NAME: orNull(brandNameField),
  BRAND_LOGO_URL: orNull(brandUrlField),
  BRAND_ACCENT: orNull(accentField),
  SUPPORT_EMAIL: orNull(supportField),
  TERMS_URL: orNull(brandUrlField),
  PRIVACY_URL: orNull(brandUrlField),
  IMPRINT_URL: orNull(brandUrlField),
  /** Not HOME, which every shell sets. */
  HOME_PAGE: orDefault(homeField, "own page"),
};

/** Returns whether `/` would redirect to itself. */
export const leadsHome = (home: string, publicUrl: string): boolean => {
  const url = URL.parse(home);
  return url !== null && url.origin === publicUrl && url.pathname === "/";
};
