declare const brand: unique symbol;

/** The JSON text of a `T`. */
export type JsonOf<T> = string & { readonly [brand]?: T };

export const toJson = <T>(value: T): JsonOf<T> => JSON.stringify(value);

/** Reads what `toJson` wrote. For texts of our own alone: nothing is checked. */
export const fromJson = <T>(text: JsonOf<T>): T => JSON.parse(text);
