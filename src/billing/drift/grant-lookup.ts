import { creditAccount, type GrantView } from "../../account/index.ts";
import type { Env } from "../../env.ts";
import { orUnavailable } from "../../object/or-unavailable.ts";

/** The number of grants that are read of a user, newest first. Older ones are not compared. */
const GRANTS_MAX = 1000;

/**
 * The result of looking for a grant: the grant, null where there is none; or unknown, where the
 * user has more grants than are read.
 */
export type FoundGrant =
  | { readonly known: true; readonly grant: GrantView | null }
  | { readonly known: false };

/** Finds the grants of users, and reads those of each user once. */
export class GrantLookup {
  readonly #env: Pick<Env, "CREDIT_ACCOUNT">;
  readonly #grantsByUser = new Map<string, ReadonlyMap<string, GrantView>>();

  constructor(env: Pick<Env, "CREDIT_ACCOUNT">) {
    this.#env = env;
  }

  /** Finds the grant that an operation of a user made. */
  async find(userId: string, operationId: string): Promise<FoundGrant> {
    const grants = this.#grantsByUser.get(userId) ?? (await this.#load(userId));
    const grant = grants.get(operationId);
    if (grant !== undefined) return { known: true, grant };
    return grants.size < GRANTS_MAX ? { known: true, grant: null } : { known: false };
  }

  async #load(userId: string): Promise<ReadonlyMap<string, GrantView>> {
    const grants = await orUnavailable(
      creditAccount(this.#env, userId).grants({ limit: GRANTS_MAX, before: null }),
    );
    const byOperation = new Map(grants.map((grant) => [grant.operationId, grant]));
    this.#grantsByUser.set(userId, byOperation);
    return byOperation;
  }
}
