/**
 * The Worker as it is, an hour later: what was to happen at a time that a test cannot wait for has
 * come due. An entry for wrangler, in place of src/index.ts.
 */
export { ChatHistory, CreditAccount, default } from "../../src/index.ts";

const HOUR_MS = 3_600_000;
const realNow = Date.now.bind(Date);
Date.now = () => realNow() + HOUR_MS;
