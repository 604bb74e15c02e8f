import { lineField } from "../http/text.ts";

/** An admin's reason for what is done to a user: one line for the audit log, not for the user. */
export const reasonField = lineField(200);
