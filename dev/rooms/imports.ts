import { type Expression, parseSync, Visitor } from "oxc-parser";
import type { FileImports } from "./graph.ts";

/** Files that may import something. Others are only imported. */
const CODE = /\.[cm]?[jt]sx?$/;

/** The text that an expression always is; null where that shows only when it runs. */
function literalOf(expression: Expression): string | null {
  if (expression.type === "Literal")
    return typeof expression.value === "string" ? expression.value : null;
  if (expression.type !== "TemplateLiteral" || expression.expressions.length > 0) return null;
  return expression.quasis[0]?.value.cooked ?? null;
}

/**
 * All that a file imports, for types as for values: declarations, `export … from`, `import("…")`
 * as an expression and as a type, and `import x = require("…")`.
 * @param file its path, whose ending says what language it is in
 */
export function importsOf(file: string, text: string): FileImports {
  if (!CODE.test(file)) return { specifiers: [], unreadable: [] };
  const { program, errors } = parseSync(file, text, { sourceType: "module" });
  const specifiers: string[] = [];
  const unreadable = errors.map((error) => error.message);
  new Visitor({
    ImportDeclaration: ({ source }) => void specifiers.push(source.value),
    ExportAllDeclaration: ({ source }) => void specifiers.push(source.value),
    ExportNamedDeclaration: ({ source }) => {
      if (source !== null) specifiers.push(source.value);
    },
    TSImportType: ({ source }) => void specifiers.push(source.value),
    TSExternalModuleReference: ({ expression }) => void specifiers.push(expression.value),
    ImportExpression: ({ source, start, end }) => {
      const specifier = literalOf(source);
      if (specifier !== null) specifiers.push(specifier);
      else unreadable.push(`what ${text.slice(start, end)} means shows only when it runs.`);
    },
  }).visit(program);
  return { specifiers, unreadable };
}
