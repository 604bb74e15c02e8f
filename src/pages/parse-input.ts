import { minorUnitDigits } from "../units.ts";

/**
 * What a person typed as a number ("1,000.5"); undefined where nothing was typed, NaN for no
 * number.
 */
export function parseNumber(text: string | undefined): number | undefined {
  const plain = (text ?? "").trim().replaceAll(/[,\s](?=\d{3}(\D|$))/g, "");
  if (plain === "") return undefined;
  return /^[-+]?\d+(\.\d+)?$/.test(plain) ? Number(plain) : Number.NaN;
}

/**
 * What a person typed as an amount of money ("4.99"), in the currency's minor unit; undefined where
 * nothing was typed, null where it is no amount or has more decimals than the currency. Digits are
 * moved, not multiplied: nothing is rounded.
 */
export function parseAmount(text: string | undefined, currency: string): number | null | undefined {
  const plain = (text ?? "").trim();
  if (plain === "") return undefined;
  const [, whole, decimals = ""] = /^(\d{1,12})(?:\.(\d*))?$/.exec(plain) ?? [];
  const digits = minorUnitDigits(currency);
  if (whole === undefined || /[1-9]/.test(decimals.slice(digits))) return null;
  return Number(whole + decimals.slice(0, digits).padEnd(digits, "0"));
}
