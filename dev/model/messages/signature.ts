/** A thought of the model's, and what it signed it with. */
interface Thought {
  readonly thinking: string;
  readonly signature: string;
}

/** Signs a thought: the same for the same text, and another for any other. */
function sign(thinking: string): string {
  let hash = 5381;
  for (const character of thinking) hash = (hash * 33 + (character.codePointAt(0) ?? 0)) % 2 ** 40;
  return btoa(`local-signature:${thinking.length}:${hash}`);
}

/** The mark of a signature whose thought is not shown: it is right by itself. */
const OMITTED = btoa("local-signature:omitted");

/** Returns the signature of a thought as it is shown. */
export const signShown = (thinking: string, isShown: boolean): string =>
  isShown ? sign(thinking) : OMITTED;

/** Whether a thought is one of the model's, unchanged. */
export const isSigned = ({ thinking, signature }: Thought): boolean =>
  signature === sign(thinking) || (thinking === "" && signature === OMITTED);
