/** The Worker with accounts that give the free plan to whoever signs up. */
import { CreditAccount as Account } from "../../../src/index.ts";

export { CatchUp, ChatHistory } from "../../../src/index.ts";
export { default } from "../proof-worker.ts";

type OpenCommand = Parameters<Account["open"]>[0];

/** Returns the entitlement with some of each allowance, whether or not it has any. */
const withAllowances = ({ entitlement, ...command }: OpenCommand): OpenCommand => ({
  ...command,
  entitlement: {
    ...entitlement,
    allowances: Object.fromEntries(
      Object.entries(entitlement.allowances).map(([meter, { limit, period }]) => [
        meter,
        { limit: limit === 0 ? 1_000 : limit, period },
      ]),
    ),
  },
});

export class CreditAccount extends Account {
  override open(command: OpenCommand): ReturnType<Account["open"]> {
    return super.open(withAllowances(command));
  }
}
