import { plant } from "../soak/faults.ts";
import { VENDOR_FAULTS } from "./faults.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** How many of the cases are played, and the seed by which they are drawn. */
    vendors: { readonly seed: number; readonly cases: number };
  }
}

/** The settings of a run, by which `test/proofs/vendors.ts` calls Vitest. */
export const VENDOR_SETTINGS = {
  seed: "VENDORS_SEED",
  cases: "VENDORS_CASES",
  fault: "VENDORS_FAULT",
} as const;

/** The cases of `npm test`: a few of each kind. */
const FEW_CASES = 250;

/** Returns how much of test/vendors is played: all of it by `npm run test:vendors`. */
export const readVendorSettings = (environment: Readonly<Record<string, string | undefined>>) => ({
  seed: Number(environment[VENDOR_SETTINGS.seed] ?? 1),
  cases: Number(environment[VENDOR_SETTINGS.cases] ?? FEW_CASES),
});

/** Breaks the Worker by one fault of faults.ts: no file is touched. */
export function plantVendorFault(environment: Readonly<Record<string, string | undefined>>) {
  const name = environment[VENDOR_SETTINGS.fault];
  const fault = VENDOR_FAULTS.find((one) => one.name === name);
  if (name !== undefined && fault === undefined) throw new Error(`There is no fault "${name}".`);
  return {
    name: "plant-vendor-fault",
    enforce: "pre" as const,
    transform: (source: string, id: string) =>
      fault !== undefined && id.endsWith(`/src/${fault.file}`) ? plant(source, fault) : undefined,
  };
}
