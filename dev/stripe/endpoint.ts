import { z } from "zod";
import type { Context } from "./context.ts";
import { present, type Returns, readExpand } from "./expand.ts";
import type { FormTree } from "./form.ts";
import { toApiError } from "./issues.ts";
import { list, text } from "./params.ts";

/** One call of an endpoint, with validated parameters. */
export interface Call<Params> {
  readonly ctx: Context;
  readonly params: Params;
  /** The `:id` of the path. */
  readonly id: string;
  /** The path, for the `url` of lists. */
  readonly url: string;
}

export type Method = "get" | "post" | "delete";

/**
 * A route of the API. `prepare` only validates the parameters; the function that it returns does
 * the work.
 */
export interface Endpoint {
  readonly method: Method;
  readonly path: string;
  /** The parameters beside `expand`, which every route accepts. */
  readonly params: z.ZodType;
  readonly prepare: (form: FormTree) => (call: Omit<Call<unknown>, "params">) => object;
}

/**
 * Validates a value against a schema.
 * @throws {ApiError} 400 in Stripe's words
 */
export function validate<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
): z.output<Schema> {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw issue === undefined ? result.error : toApiError(issue);
}

const expansion = z.strictObject({ expand: list(text()).default([]) });

/**
 * Defines a route by its parameters (every route accepts `expand` too), the object that it returns,
 * and its work.
 */
export function endpoint<Schema extends z.ZodType>(spec: {
  readonly method: Method;
  readonly path: `/v1/${string}` | `/v2/${string}`;
  readonly params: Schema;
  readonly returns: Returns;
  readonly run: (call: Call<z.output<Schema>>) => object;
}): Endpoint {
  return {
    method: spec.method,
    path: spec.path,
    params: spec.params,
    prepare({ expand, ...rest }) {
      const tree = readExpand(
        validate(expansion, expand === undefined ? {} : { expand }).expand,
        spec.returns,
      );
      const params = validate(spec.params, rest);
      return (call) => present(call.ctx, spec.returns, spec.run({ ...call, params }), tree);
    },
  };
}
