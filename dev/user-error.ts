/** Something that a person can put right. Its message is all that they are told. */
export class UserError extends Error {}
