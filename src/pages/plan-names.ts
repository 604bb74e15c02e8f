import { inLanguage } from "../languages.ts";
import type { ApiClient, ListItem } from "./api.ts";
import type { PageContext } from "./context.ts";
import { localeOf } from "./format.ts";

type PlanView = ListItem<ApiClient["api"]["plans"]["$get"]>;

/** Returns a plan's name in the reader's language. */
export const planName = (
  c: PageContext,
  { name, names }: { readonly name: string; readonly names: Parameters<typeof inLanguage>[0] },
): string => inLanguage(names, c.var.language, name);

/**
 * Lists the features of a plan that readers see: those with a name for them. Others are for
 * programs to ask about, and nobody promised anything by them.
 */
export const featureLines = (
  c: PageContext,
  { features, featureNames }: Pick<PlanView, "features" | "featureNames">,
): string[] =>
  features.flatMap((feature) => {
    const texts = featureNames[feature];
    return texts === undefined ? [] : [inLanguage(texts, c.var.language, feature)];
  });

/** Formats a list of names, such as "small and medium". */
export const formatList = (c: PageContext, names: readonly string[]): string =>
  new Intl.ListFormat(localeOf(c), { type: "unit" }).format(names);
