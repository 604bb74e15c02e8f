import { html } from "hono/html";
import { LANGUAGES, type Language } from "../../languages.ts";
import { ar } from "./ar.ts";
import { en } from "./en.ts";
import type { Block, Letter, LetterFacts, Letters, MailKind } from "./letter.ts";

const LETTERS: Readonly<Record<Language, Letters>> = { en, ar };

/** A letter as it is sent: the same words as HTML and as plain text. */
export interface RenderedLetter {
  readonly subject: string;
  readonly html: string;
  readonly text: string;
}

const CONTROLS = /\p{Cc}+/gu;

// Mail programs know inline styles alone, and show no pictures: there are none.
const BODY = "margin:0;padding:24px;background:#f6f6f4;color:#1c1c1a;";
const SHEET =
  "max-width:520px;margin:0 auto;padding:24px;background:#fff;border-radius:8px;" +
  "font:16px/1.5 system-ui,sans-serif;";
const BUTTON =
  "display:inline-block;padding:10px 16px;border-radius:6px;background:#1c1c1a;color:#fff;" +
  "text-decoration:none;";
const ADDRESS = "word-break:break-all;font-size:13px;color:#5c5c57;";
const NOTE = "margin-top:32px;font-size:13px;color:#5c5c57;";
const CODE = "font:600 28px/1.5 ui-monospace,monospace;letter-spacing:4px;direction:ltr;";

function BlockView({ block }: { block: Block }) {
  if (block.kind === "text") return <p>{block.text}</p>;
  if (block.kind === "code") return <p style={CODE}>{block.code}</p>;
  if (block.kind === "note")
    return (
      <p style={NOTE}>
        {block.text} <a href={block.url}>{block.label}</a>
      </p>
    );
  return (
    <>
      <p>
        <a href={block.url} style={BUTTON}>
          {block.label}
        </a>
      </p>
      <p style={ADDRESS} dir="ltr">
        {block.url}
      </p>
    </>
  );
}

function LetterView({ letter, language }: { letter: Letter; language: Language }) {
  return (
    <html lang={language} dir={LANGUAGES[language].direction}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{letter.subject}</title>
      </head>
      <body style={BODY}>
        <div style={SHEET}>
          {letter.blocks.map((block) => (
            <BlockView block={block} />
          ))}
        </div>
      </body>
    </html>
  );
}

function blockToText(block: Block): string {
  if (block.kind === "text") return block.text;
  if (block.kind === "code") return block.code;
  const lines = [`${block.label}:`, block.url];
  return (block.kind === "note" ? [block.text, ...lines] : lines).join("\n");
}

/** Tells readers of mails that can be turned off why they get one, and where that is chosen. */
const OPT_OUT_NOTES: Readonly<Record<Language, { readonly text: string; readonly label: string }>> =
  {
    en: {
      text: "You're receiving this mail because of your mail settings.",
      label: "Manage mail settings",
    },
    ar: { text: "تصلك هذه الرسالة لأن حسابك يطلبها.", label: "اختيار الرسائل التي تصلك" },
  };

/** The language of a letter, and the site that it comes from. */
interface Rendering {
  readonly language: Language;
  readonly site: string;
  /** The page where the letter can be turned off; null where it cannot. */
  readonly preferencesUrl: string | null;
}

/** Renders a letter. The subject is one line, whatever a name in it holds. */
export async function renderLetter<K extends MailKind>(
  kind: K,
  facts: LetterFacts[K],
  { language, site, preferencesUrl: url }: Rendering,
): Promise<RenderedLetter> {
  const { subject, blocks } = LETTERS[language][kind](facts, site);
  const notes = url === null ? [] : [{ kind: "note" as const, ...OPT_OUT_NOTES[language], url }];
  const letter = { subject, blocks: [...blocks, ...notes] };
  return {
    subject: letter.subject.replace(CONTROLS, " "),
    html: String(await html`<!doctype html>${<LetterView letter={letter} language={language} />}`),
    text: `${letter.blocks.map(blockToText).join("\n\n")}\n`,
  };
}
