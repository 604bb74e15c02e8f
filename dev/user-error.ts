/** An error that a person can fix. Only its message is shown. */
export class UserError extends Error {}
