import { creditAccount, type GrantView } from "../../account/index.ts";
import { reach } from "../../auth/index.ts";
import type { Env } from "../../env.ts";

/** As many as are looked through for one user. Grants that are older are not compared. */
const MOST = 1000;

/** The grants of users, each asked for once. */
export class GrantLookup {
  readonly #env: Pick<Env, "CREDIT_ACCOUNT">;
  readonly #asked = new Map<string, ReadonlyMap<string, GrantView>>();

  constructor(env: Pick<Env, "CREDIT_ACCOUNT">) {
    this.#env = env;
  }

  /**
   * The grant that an operation of a user made.
   * @returns undefined when there is none; null when that cannot be told, because the user has too
   *   many
   */
  async of(userId: string, operationId: string): Promise<GrantView | undefined | null> {
    const known = this.#asked.get(userId) ?? (await this.#ask(userId));
    return known.get(operationId) ?? (known.size < MOST ? undefined : null);
  }

  async #ask(userId: string): Promise<ReadonlyMap<string, GrantView>> {
    const grants = await reach(
      creditAccount(this.#env, userId).grants({ limit: MOST, before: null }),
    );
    const byOperation = new Map(grants.map((grant) => [grant.operationId, grant]));
    this.#asked.set(userId, byOperation);
    return byOperation;
  }
}
