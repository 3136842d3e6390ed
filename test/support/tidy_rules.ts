/** The ban list: what is not written here, where, and what is written instead. */

import { lineAt, type SourceText, ts, walk } from "./source.ts";
import { anyProduct, anywhere, type Found, floors, pattern, type Rule } from "./tidy_rule.ts";

const isDecoder = (path: string) => /^src\/venue\/[^/]+\/(decode|scan|json|symbols)/.test(path);
const isCommandLine = (path: string) => path === "src/main.ts" || path.startsWith("src/cli/");
const except =
  (applies: (path: string) => boolean, ...out: ((path: string) => boolean)[]) =>
  (path: string) =>
    applies(path) && !out.some((excluded) => excluded(path));

export const RULES: readonly Rule[] = [
  {
    id: "clock-or-chance",
    applies: floors(0, 4),
    instead: "time and chance are ports: the engine's clock, the seeded generator",
    marker: "det",
    find: pattern(
      /\b(?:new Date\b|Date\s*[.(]|performance\s*\.|Bun\.nanoseconds|process\.hrtime|Math\.random|crypto\.random\w*|randomUUID\b|randomBytes\b)/,
    ),
  },
  {
    id: "asynchronous",
    applies: floors(0, 4),
    instead: "floors 0–4 are synchronous: an edge waits, and the engine gets an input",
    find: pattern(/\b(?:async\b|await\b|Promise\b|setTimeout\b|setInterval\b|setImmediate\b|queueMicrotask\b)/),
  },
  {
    id: "input-output",
    applies: floors(0, 4),
    instead: "files, sockets and the environment belong to floor 5 and up: pass in what was read",
    find: pattern(/\b(?:process\.|Bun\.(?!stringWidth)\w+|fetch\s*\(|require\s*\()/),
  },
  {
    id: "module-state",
    applies: floors(0, 5),
    instead: "put it into a class that its owner makes, or freeze a table of literals",
    find: moduleState,
  },
  {
    id: "bigint",
    applies: floors(0, 5),
    instead: "use core/wide.ts; BigInt allocates. Off the hot path: `// bigint-ok: why`",
    marker: "bigint",
    find: bigints,
  },
  {
    id: "inexact-math",
    applies: except(floors(0, 5), (path) => path === "src/core/math.ts"),
    instead: "engines differ in the last digit: core/math.ts, pow10 of core/decimal.ts, or `// math-ok: why`",
    marker: "math",
    find: pattern(
      /\bMath\.(?:exp|expm1|log|log2|log10|log1p|pow|sin|cos|tan|asin|acos|atan|atan2|sinh|cosh|tanh|cbrt)\b|\*\*/,
    ),
  },
  {
    id: "float-from-text",
    applies: except(anyProduct, isDecoder, isCommandLine, (path) => path.startsWith("src/ui/")),
    instead: "prices and sizes go text ⇄ integer by core/decimal.ts. Whole numbers: `// number-ok: why`",
    marker: "number",
    find: pattern(/\b(?:Number\.)?parseFloat\s*\(|(?<!\.)\bNumber\s*\(/),
  },
  {
    id: "console",
    applies: except(anywhere, isCommandLine),
    instead: "return a Problem, or count it; only the command line talks",
    find: (source) => (source.path.endsWith(".test.ts") ? [] : pattern(/\bconsole\s*\./)(source)),
  },
  {
    id: "process-exit",
    applies: except(anywhere, (path) => path === "src/main.ts"),
    instead: "return an exit code: src/main.ts alone ends the process",
    find: pattern(/\bprocess\.exit\b/),
  },
  {
    id: "empty-catch",
    applies: anywhere,
    instead: "handle it, or return a code; a swallowed error is a lie",
    find: (source) =>
      nodes(
        source,
        (node) => ts.isCatchClause(node) && node.block.statements.length === 0,
        () => "empty catch",
      ),
  },
  {
    id: "unfinished",
    applies: (path) => !path.includes("tidy"),
    instead: "finish it, or file an issue and name what does not work yet in words",
    find: (source) =>
      [...source.text.matchAll(/\b(?:FIXME|TODO|XXX|HACK)\b/g)].map((match) => ({
        at: match.index,
        what: `\`${match[0]}\``,
      })),
  },
  {
    id: "only",
    applies: (path) => path.endsWith(".test.ts"),
    instead: "take it away: it silences all other tests",
    find: pattern(/\b(?:test|describe|it)\.only\b/),
  },
  {
    id: "skip-without-reason",
    applies: (path) => path.endsWith(".test.ts"),
    instead: "name the reason in the test's name, or use skipIf(condition)",
    find: skipsWithoutReason,
  },
  {
    id: "types-switched-off",
    applies: (path) => !path.includes("tidy"),
    instead: "give it its type, or `unknown` and a check",
    find: typesOff,
  },
  {
    id: "file-head",
    applies: anywhere,
    instead: "begin the file with `/** One sentence that says what it is. */`",
    find: (source) => (/^\/\*\*(?:\n \*)? [^\n]{10,}/.test(source.text) ? [] : [{ at: 0, what: "no sentence on top" }]),
  },
  {
    id: "line-length",
    // Tests hold whole frames and messages, which are not to be cut.
    applies: (path) => !/\.test(?:ing)?\.ts$/.test(path),
    instead: "120 columns of code, 150 where the rest is a comment or a text: break it, or name a part",
    find: longLines,
  },
  {
    id: "file-length",
    applies: anywhere,
    instead: "at most 600 lines: a second noun deserves a second file",
    find: (source) => (source.lines.length > 601 ? [{ at: 0, what: `${source.lines.length - 1} lines` }] : []),
  },
  {
    id: "capacity-literal",
    applies: floors(2, 5),
    instead: "take the capacity from core/limits.ts, by the constructor",
    find: capacityLiterals,
  },
  {
    id: "unit-suffix",
    applies: (path) => path.startsWith("src/model/") && !path.endsWith(".test.ts"),
    instead: "say the unit last: …Us, …UsMax, …Bytes, …BytesMax",
    find: numbersWithoutUnit,
  },
];

/** Lines whose code passes 120 columns, or that pass 150 with their comment or text. */
function longLines(source: SourceText): Found[] {
  const code = source.code.split("\n");
  return source.lines.flatMap((line, index) => {
    const columns = Bun.stringWidth(line);
    if (columns <= CODE_COLUMNS_MAX) return [];
    const isText = Bun.stringWidth((code[index] as string).replace(/ {8,}/g, "").trimEnd()) <= CODE_COLUMNS_MAX - 20;
    if (isText && columns <= TEXT_COLUMNS_MAX) return [];
    return [{ at: ts.getPositionOfLineAndCharacter(source.tree, index, 0), what: `${columns} columns` }];
  });
}

const CODE_COLUMNS_MAX = 120;
const TEXT_COLUMNS_MAX = 150;

/** Top-level `let` and `var`, and top-level allocations that are not frozen. */
function moduleState(source: SourceText): Found[] {
  const found: Found[] = [];
  for (const statement of source.tree.statements) {
    if (!ts.isVariableStatement(statement)) continue;
    const at = statement.getStart(source.tree);
    if ((statement.declarationList.flags & ts.NodeFlags.Const) === 0)
      found.push({ at, what: "a variable of the module" });
    for (const declaration of statement.declarationList.declarations) {
      const made = declaration.initializer === undefined ? undefined : allocation(declaration.initializer);
      if (made !== undefined)
        found.push({ at: made.getStart(source.tree), what: `\`new ${made.expression.getText()}\` at load` });
    }
  }
  return found;
}

/** The first `new` that runs when the module loads: not inside a function or class, not frozen, no Error. */
function allocation(node: ts.Node): ts.NewExpression | undefined {
  if (ts.isFunctionLike(node) || ts.isClassLike(node)) return undefined;
  if (ts.isCallExpression(node) && node.expression.getText() === "Object.freeze") {
    const [argument] = node.arguments;
    const isTable =
      argument !== undefined && ts.isNewExpression(argument) && /Map$|Set$|Array$/.test(argument.expression.getText());
    if (!isTable) return undefined; // Object.freeze does not make a Map or a typed array constant.
  }
  if (ts.isNewExpression(node)) return node;
  return ts.forEachChild(node, allocation);
}

function bigints(source: SourceText): Found[] {
  const isBigint = (node: ts.Node) =>
    ts.isBigIntLiteral(node) ||
    (ts.isIdentifier(node) && /^Big(Int|Uint)(64Array)?$/.test(node.text) && !ts.isTypeReferenceNode(node.parent));
  return nodes(
    source,
    (node) => isBigint(node) && !arguedInFunction(node, source),
    (node) => `\`${node.getText(source.tree)}\``,
  );
}

/** One argument serves its whole function. */
function arguedInFunction(node: ts.Node, source: SourceText): boolean {
  let holder: ts.Node | undefined = node;
  while (holder !== undefined && !ts.isFunctionLike(holder)) holder = holder.parent;
  return holder !== undefined && /bigint-ok: .{8,}/.test(source.text.slice(holder.pos, holder.end));
}

/** Skips must say why: `test.skip("name: reason")` or skipIf with a condition and a name of some length. */
function skipsWithoutReason(source: SourceText): Found[] {
  return nodes(
    source,
    (node) => {
      if (!ts.isCallExpression(node)) return false;
      const called = node.expression.getText(source.tree);
      if (!/^(test|describe|it)\.(skip|todo)$/.test(called)) return false;
      const [name] = node.arguments;
      return name === undefined || !ts.isStringLiteralLike(name) || !/: .{8,}/.test(name.text);
    },
    (node) => `\`${(node as ts.CallExpression).expression.getText(source.tree)}\` without a reason`,
  );
}

function typesOff(source: SourceText): Found[] {
  const casts = nodes(
    source,
    (node) =>
      node.kind === ts.SyntaxKind.AnyKeyword && !/any-ok: .{8,}/.test(source.lines[lineAt(source, node.pos) - 1] ?? ""),
    () => "`any`",
  );
  const comments = [...source.text.matchAll(/(?:\/\/|\/\*)\s*@ts-(?:ignore|nocheck)/g)];
  return [...casts, ...comments.map((match) => ({ at: match.index, what: `\`${match[0]}\`` }))];
}

/** `new …Array(1024)`, `new SharedArrayBuffer(1 << 20)`: a capacity that core/limits.ts does not know. */
function capacityLiterals(source: SourceText): Found[] {
  return nodes(
    source,
    (node) => {
      if (!ts.isNewExpression(node) || !/(Array|Buffer)$/.test(node.expression.getText(source.tree))) return false;
      const [argument] = node.arguments ?? [];
      const value = argument === undefined ? 0 : literalValue(argument);
      return value >= 1_024 && (value & (value - 1)) === 0;
    },
    (node) => `\`${node.getText(source.tree)}\``,
  );
}

function literalValue(node: ts.Expression): number {
  if (ts.isNumericLiteral(node)) return Number(node.text);
  if (!ts.isBinaryExpression(node)) return 0;
  const [left, right] = [literalValue(node.left), literalValue(node.right)];
  if (node.operatorToken.kind === ts.SyntaxKind.LessThanLessThanToken) return left << right;
  return node.operatorToken.kind === ts.SyntaxKind.AsteriskToken ? left * right : 0;
}

const HAS_UNIT = /(time|delay|age|latency|timeout|interval|duration|deadline|bytes)/i;
const UNIT_LAST = /(Us|Bytes)(Max|Min)?$|^bytes$/;
const NO_QUANTITY = /^(timeInForce|message|usage|average\w*|stage|page)$/;

function numbersWithoutUnit(source: SourceText): Found[] {
  return nodes(
    source,
    (node) => {
      if (!ts.isPropertySignature(node) && !ts.isPropertyDeclaration(node) && !ts.isParameter(node)) return false;
      const name = node.name.getText(source.tree).replace(/^#/, "");
      const isNumber =
        node.type?.kind === ts.SyntaxKind.NumberKeyword ||
        (!ts.isPropertySignature(node) && node.initializer !== undefined && ts.isNumericLiteral(node.initializer));
      return isNumber && HAS_UNIT.test(name) && !UNIT_LAST.test(name) && !NO_QUANTITY.test(name);
    },
    (node) => `\`${(node as ts.PropertySignature).name.getText(source.tree)}\``,
  );
}

function nodes(source: SourceText, test: (node: ts.Node) => boolean, what: (node: ts.Node) => string): Found[] {
  const found: Found[] = [];
  walk(source.tree, (node) => {
    if (test(node)) found.push({ at: node.getStart(source.tree), what: what(node) });
  });
  return found;
}
