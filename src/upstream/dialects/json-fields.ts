/** An object of a request or a reply. */
export type Json = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
export const asObject = (value: unknown): Json => (isObject(value) ? value : {});
export const listObjects = (value: unknown): readonly Json[] =>
  Array.isArray(value) ? value.filter(isObject) : [];
/** Returns a text; "" where a value is none. */
export const asText = (value: unknown): string => (typeof value === "string" ? value : "");

/** Whether a value is a count of tokens. It may be absurd: who charges it has bounds. */
export const isCount = (value: unknown): value is number =>
  Number.isInteger(value) && Number(value) >= 0;

/** Whether a value asks for nothing. */
export const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === "" ||
  value === false ||
  (Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0);

/** Returns a field of an object, or none where it asks for nothing. */
export const given = (name: string, value: unknown): Json =>
  value === undefined || value === null ? {} : { [name]: value };
