import { type ZodType, z } from "zod";
import { minorUnitDigits } from "../units.ts";

/** Longer than anything that a form asks for, and short enough to work on. */
const TEXT_MAX = 100_000;

/**
 * Trims what was typed into a form. A text that is far too long stays as it is, for the wire to
 * refuse with the field's name.
 */
export const trimInput = (text: string): string => (text.length > TEXT_MAX ? text : text.trim());

/** The longest text that may be a number. */
const NUMBER_TEXT_MAX = 100;

/**
 * Parses a number as people type it ("1,000.5").
 * @returns undefined for an empty text, and NaN for a text that is not a number
 */
export function parseNumber(text: string | undefined): number | undefined {
  if (text !== undefined && text.length > NUMBER_TEXT_MAX) return Number.NaN;
  const plain = (text ?? "").trim().replaceAll(/[,\s](?=\d{3}(\D|$))/g, "");
  if (plain === "") return undefined;
  return /^[-+]?\d+(\.\d+)?$/.test(plain) ? Number(plain) : Number.NaN;
}

/**
 * Parses an amount of money as people type it ("4.99") into the currency's minor unit. Digits are
 * moved, not multiplied, so nothing is rounded.
 * @returns undefined for an empty text, and null for a text that is not an amount or has more
 *   decimals than the currency
 */
export function parseAmount(text: string | undefined, currency: string): number | null | undefined {
  if (text !== undefined && text.length > NUMBER_TEXT_MAX) return null;
  const plain = (text ?? "").trim();
  if (plain === "") return undefined;
  const [, whole, decimals = ""] = /^(\d{1,12})(?:\.(\d*))?$/.exec(plain) ?? [];
  const digits = minorUnitDigits(currency);
  if (whole === undefined || /[1-9]/.test(decimals.slice(digits))) return null;
  return Number(whole + decimals.slice(0, digits).padEnd(digits, "0"));
}

/** A hidden field in which a script put JSON. */
export const jsonField = <T extends ZodType>(schema: T) =>
  z
    .string()
    .transform((text, ctx): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        ctx.addIssue({ code: "custom", message: "must be JSON" });
        return z.NEVER;
      }
    })
    .pipe(schema);
