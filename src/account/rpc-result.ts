import type { Failure, Result } from "../errors.ts";

/**
 * A `Result` as it travels between a Worker and an account's object: the value's fields stand
 * beside `ok`. During a deployment a Worker and an object of different versions call each other,
 * so this form stays. It exists between `CreditAccount` and `AccountClient` alone.
 */
export type RpcResult<T> =
  | ({ readonly ok: true } & T)
  | { readonly ok: false; readonly failure: Failure };

export const toRpcResult = <T extends object>(result: Result<T>): RpcResult<T> =>
  result.ok ? { ok: true, ...result.value } : result;

export const fromRpcResult = <T extends object>(result: RpcResult<T>): Result<T> =>
  result.ok ? { ok: true, value: result } : result;
