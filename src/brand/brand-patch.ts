import { z } from "zod";
import {
  accentField,
  brandNameField,
  brandUrlField,
  homeField,
  supportField,
} from "../brand-settings.ts";
import { boundedText } from "../http/bounded.ts";
import { LOGO_BYTES_MAX } from "./logo-type.ts";

const chosen = <T extends z.ZodType>(field: T) => field.nullable().optional();

/** A change of the brand: null returns to the setting. */
export const brandPatch = z.strictObject({
  name: chosen(brandNameField),
  accent: chosen(accentField),
  support: chosen(supportField),
  terms: chosen(brandUrlField),
  privacy: chosen(brandUrlField),
  imprint: chosen(brandUrlField),
  home: chosen(homeField),
  /** The bytes of a picture in base64. */
  logo: chosen(
    boundedText(Math.ceil(LOGO_BYTES_MAX / 3) * 4, "must be a picture of at most 256 KiB"),
  ),
});

/** Reads a color that was typed; null for none. */
export const parseAccent = (typed: string): string | null =>
  accentField.safeParse(typed).data ?? null;
export type BrandPatch = z.infer<typeof brandPatch>;
