import { z } from "zod";
import { lineField } from "../http/text.ts";
import { LANGUAGE_NAMES } from "../languages.ts";

/** A text by language, of at most `max` characters in each. */
export const localTexts = (max: number) => z.partialRecord(z.enum(LANGUAGE_NAMES), lineField(max));

/** A text by language, as the wire answers it. */
export const localTextsView = z.partialRecord(z.enum(LANGUAGE_NAMES), z.string());
