import { type Node, parseSync } from "oxc-parser";
import type { FoundText } from "./text.ts";

/** Values that no person reads: class names, addresses, types of fields. */
const TECHNICAL_ATTRIBUTES = new Set(["class", "id", "href", "name", "autocomplete", "pattern"]);

/** Calls whose texts go to a log or a database. */
const TECHNICAL_CALL = /^(?:log\.|console\.|sql\b|new RegExp)|\.(?:prepare|exec)$/;

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && "type" in value && "start" in value;

const TECHNICAL_NODES: ReadonlySet<string> = new Set([
  "ImportDeclaration",
  "ExportAllDeclaration",
  "ImportExpression",
  "TaggedTemplateExpression",
  "TSLiteralType",
]);

const isTechnical = (node: Node, source: string): boolean => {
  if (node.type === "JSXAttribute")
    return node.name.type === "JSXIdentifier" && TECHNICAL_ATTRIBUTES.has(node.name.name);
  if (node.type === "CallExpression")
    return TECHNICAL_CALL.test(source.slice(node.callee.start, node.callee.end));
  return TECHNICAL_NODES.has(node.type);
};

/**
 * Joins the parts of a text: literals, templates (`…` stands for an expression) and their sums.
 * @returns null for everything else
 */
function joinText(node: Node): string | null {
  if (node.type === "Literal") return typeof node.value === "string" ? node.value : null;
  if (node.type === "JSXText") return node.value;
  if (node.type === "TemplateLiteral")
    return node.quasis.map(({ value }) => value.cooked ?? value.raw).join("…");
  if (node.type !== "BinaryExpression" || node.operator !== "+") return null;
  const [left, right] = [joinText(node.left), joinText(node.right)];
  if (left === null && right === null) return null;
  return `${left ?? "…"}${right ?? "…"}`;
}

const childrenOf = (node: Node): readonly Node[] =>
  Object.values(node).flatMap((value: unknown) =>
    Array.isArray(value) ? value.filter(isNode) : isNode(value) ? [value] : [],
  );

/** Returns the texts of a TypeScript file, without comments and without texts for programs. */
export function textsOfCode(path: string, source: string): readonly FoundText[] {
  const found: FoundText[] = [];
  const lineOf = (offset: number) => source.slice(0, offset).split("\n").length;
  const visit = (node: Node): void => {
    if (isTechnical(node, source)) return;
    const text = joinText(node);
    if (text !== null) found.push({ text, line: lineOf(node.start) });
    // A template's expressions, and a sum's other parts, may hold texts of their own.
    if (text === null || node.type === "TemplateLiteral") childrenOf(node).forEach(visit);
  };
  visit(parseSync(path, source).program);
  return found;
}
