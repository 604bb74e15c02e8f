/** A longer name is nobody's. Bounded, since normalizing takes the square of a text's length. */
const NAME_CHARACTERS_MAX = 64;

/**
 * Folds a field's name as far as any vendor's decoder might: compatible characters, case, and what
 * stands between words. Go's `encoding/json` reads `Max_Tokens` and `meſſages` as the fields that
 * they look like, others `maxTokens`.
 */
export const foldName = (name: string): string =>
  name.length > NAME_CHARACTERS_MAX
    ? ""
    : name
        .normalize("NFKC")
        // Through upper case, which the dotless i and the long s share with their plain forms.
        .toUpperCase()
        .toLowerCase()
        .replace(/[^a-z0-9]/g, "");
