/** The Worker with accounts that grant a sale again whenever they are asked again. */
import { CreditAccount as Account } from "../../../src/index.ts";

export { CatchUp, ChatHistory } from "../../../src/index.ts";
export { default } from "../proof-worker.ts";

export class CreditAccount extends Account {
  override grant(command: Parameters<Account["grant"]>[0]): ReturnType<Account["grant"]> {
    return super.grant({ ...command, operationId: `${command.operationId} ${Math.random()}` });
  }
}
