/**
 * The Worker as it is, with a clock one hour ahead: work that a test cannot wait for is due. An
 * entry for wrangler, in place of src/index.ts.
 */
import { HOUR_MS } from "../../src/time.ts";

export { CatchUp, ChatHistory, CreditAccount, default } from "../../src/index.ts";

const realNow = Date.now.bind(Date);
Date.now = () => realNow() + HOUR_MS;
