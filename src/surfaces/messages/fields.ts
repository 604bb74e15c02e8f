import { z } from "zod";

/** Whether a value asks for nothing. */
const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === "" ||
  value === false ||
  (typeof value === "object" && Object.keys(value).length === 0);

/**
 * An object of Anthropic's. A field that is not listed is refused by its name, unless it asks for
 * nothing: nobody knows what it costs, and a reply that ignores it would not be what was asked for.
 */
export const fields = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.looseObject(shape).superRefine((value, context) => {
    for (const [name, field] of Object.entries(value)) {
      if (name in shape || isEmpty(field)) continue;
      const path = [name.slice(0, 100)];
      context.addIssue({ code: "custom", path, message: "isn't supported, so leave it out." });
    }
  });

/** A field that is taken and has no effect: a hint, or what is served without it. */
export const hint = z.unknown().optional();

type Variant = z.core.$ZodTypeDiscriminable;

/** One of several objects, told apart by a field. What is none of them is refused by its name. */
export const oneOf = <Name extends string, Variants extends readonly [Variant, ...Variant[]]>(
  name: Name,
  variants: Variants,
) =>
  z.discriminatedUnion(name, variants, {
    error: ({ code, input }) => {
      if (code !== "invalid_union" || typeof input !== "object" || input === null) return undefined;
      const value: unknown = Object.entries(input).find(([key]) => key === name)?.[1];
      return typeof value === "string" ? `"${value.slice(0, 100)}" isn't supported` : "is required";
    },
  });

/** A text, or blocks. A text is one block. */
export const blocks = <Block extends z.ZodType>(block: Block) =>
  z.preprocess(
    (content) => (typeof content === "string" ? [{ type: "text", text: content }] : content),
    z.array(block),
  );
