import { creditAccount, type GrantView } from "../../account/index.ts";
import type { Env } from "../../env.ts";
import { orUnavailable } from "../../object/or-unavailable.ts";

/** As many as are looked through for one user. Grants that are older are not compared. */
const GRANTS_MAX = 1000;

/** The grants of users, each asked for once. */
export class GrantLookup {
  readonly #env: Pick<Env, "CREDIT_ACCOUNT">;
  readonly #grantsByUser = new Map<string, ReadonlyMap<string, GrantView>>();

  constructor(env: Pick<Env, "CREDIT_ACCOUNT">) {
    this.#env = env;
  }

  /**
   * The grant that an operation of a user made.
   * @returns undefined when there is none; null when that cannot be told, because the user has too
   *   many
   */
  async find(userId: string, operationId: string): Promise<GrantView | undefined | null> {
    const known = this.#grantsByUser.get(userId) ?? (await this.#load(userId));
    return known.get(operationId) ?? (known.size < GRANTS_MAX ? undefined : null);
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
