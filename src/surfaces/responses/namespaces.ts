import { z } from "zod";

/** A group of functions that the client runs, such as those of a server of its own. */
export const namespaceTool = z.looseObject({
  type: z.literal("namespace"),
  name: z.string(),
  tools: z.array(z.looseObject({ type: z.enum(["function", "custom"]), name: z.string() })),
});

/** Returns the name of a function in a chat, which has no groups. */
export const joinName = (namespace: string | null | undefined, name: string): string =>
  namespace === undefined || namespace === null || namespace === ""
    ? name
    : `${namespace}__${name}`;

/** Lists the groups that a request has. */
export const listNamespaces = (tools: readonly unknown[]): readonly string[] =>
  tools.flatMap((each) => {
    const { data } = namespaceTool.safeParse(each);
    return data === undefined ? [] : [data.name];
  });

/** Splits the name of a function in a chat into its group and its own name. */
export function splitName(
  name: string,
  namespaces: readonly string[],
): { readonly name: string; readonly namespace?: string } {
  const namespace = namespaces.find((each) => name.startsWith(joinName(each, "")));
  return namespace === undefined
    ? { name }
    : { name: name.slice(joinName(namespace, "").length), namespace };
}
