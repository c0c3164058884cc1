/**
 * What stands on the outermost level of a C file: functions, variables, enumerators, macros; found by counting brackets over {@link cleanText}, so that a
 * construct that no parser takes costs one function and not the file. Bodies are parsed later, and only those somebody asks for.
 */
import { afterQuote, isWord, isWordStart } from "./characters.js";
import { cleanText, type Include, type Macro } from "./clean.js";
import { type StructField, structFields } from "./struct-fields.js";

/** Names a piece of code mentions, by how. Enough to follow calls without parsing. */
export interface Mentions {
  /** Every name that is not a field: functions called or handed on, variables, macros. */
  readonly names: ReadonlySet<string>;
  /** Names that are called: `init` in `init(x)`, also macros. */
  readonly calls: ReadonlySet<string>;
  /** Fields that are called: `init` in `ops->init(x)`. */
  readonly fieldCalls: ReadonlySet<string>;
  /** Fields that are assigned to, also by designators: `mem_ops` in `q->mem_ops = x`. */
  readonly fieldStores: ReadonlySet<string>;
  /** What designators of an initialiser and plain assignments put into fields: `probe` in `.probe = foo_probe` has `foo_probe`. */
  readonly fieldValues: ReadonlyMap<string, readonly string[]>;
}

/** A function with a body. */
export interface CFunction extends Mentions {
  readonly kind: "function";
  readonly file: string;
  readonly name: string;
  readonly isStatic: boolean;
  readonly line: number;
  /** Range in the outline's `code`: from the parameters' `(` to behind the last brace. */
  readonly start: number;
  readonly body: number;
  readonly end: number;
}

/** A variable with an initialiser. */
export interface CVariable extends Mentions {
  readonly kind: "variable";
  readonly file: string;
  readonly name: string;
  readonly isStatic: boolean;
  readonly isConst: boolean;
  /** The tag of its struct, else the last word of its type. */
  readonly type: string;
  readonly isArray: boolean;
  readonly line: number;
  /** Range of the initialiser in the outline's `code`; empty where there is none. */
  readonly start: number;
  readonly end: number;
}

/** A call of a macro on the outermost level: `MODULE_DEVICE_TABLE(of, x)`. */
export interface Invocation {
  readonly name: string;
  readonly words: readonly string[];
  readonly line: number;
}

/** A member of an enum: its value is `value`, an expression, or one more than that of `after`, or 0. */
export interface Enumerator {
  readonly value: string | null;
  readonly after: string | null;
}

/** A file read once. `path` is relative to the kernel's source root. */
export interface Outline {
  readonly path: string;
  readonly code: string;
  readonly functions: ReadonlyMap<string, CFunction>;
  readonly variables: ReadonlyMap<string, CVariable>;
  readonly enumerators: ReadonlyMap<string, Enumerator>;
  readonly macros: ReadonlyMap<string, Macro>;
  /** Fields of structs in order, by the struct's tag. */
  readonly structs: ReadonlyMap<string, readonly StructField[]>;
  readonly includes: readonly Include[];
  readonly invocations: readonly Invocation[];
  /** What did not fit: an `#if` without end, a bracket never closed. */
  readonly faults: readonly string[];
  /** Line of an index into `code`, from 1. */
  readonly lineAt: (index: number) => number;
}

/** One word, number, string or other character of code. */
interface Token {
  readonly text: string;
  readonly start: number;
}

const SKIPPED_WORDS = new Set(
  (
    "if else for while do switch case default return goto break continue sizeof struct union enum static const inline volatile unsigned signed " +
    "int char long short void bool float double register extern typedef typeof __typeof__ u8 u16 u32 u64 s8 s16 s32 s64 size_t NULL true false"
  ).split(" "),
);

const NOTHING: Mentions = {
  names: new Set(),
  calls: new Set(),
  fieldCalls: new Set(),
  fieldStores: new Set(),
  fieldValues: new Map(),
};

/** Reads the outermost level of a file. Any text is taken. */
export function outlineOf(path: string, text: string): Outline {
  return new Outliner(path, text).run();
}

class Outliner {
  readonly #path: string;
  readonly #clean: ReturnType<typeof cleanText>;
  readonly #code: string;
  readonly #functions = new Map<string, CFunction>();
  readonly #variables = new Map<string, CVariable>();
  readonly #enumerators = new Map<string, Enumerator>();
  readonly #structs = new Map<string, readonly StructField[]>();
  readonly #invocations: Invocation[] = [];
  readonly #faults: string[] = [];
  readonly #lines: number[] = [0];
  #at = 0;

  constructor(path: string, text: string) {
    this.#path = path;
    this.#clean = cleanText(text);
    this.#code = this.#clean.code;
    for (let i = this.#code.indexOf("\n"); i >= 0; i = this.#code.indexOf("\n", i + 1)) this.#lines.push(i + 1);
  }

  run(): Outline {
    let head: Token[] = [];
    for (;;) {
      const token = this.#next();
      if (token === null) break;
      if (token.text === ";") {
        this.#declaration(head, null);
        head = [];
      } else if (token.text === "(" || token.text === "[") {
        head.push(token);
        this.#bracketed(head, token.text);
      } else if (token.text === "{") head = this.#braced(head, token.start);
      else if (token.text === "=") {
        this.#initialised(head);
        head = [];
      } else if (token.text !== "}" && token.text !== ")") head.push(token);
    }
    this.#filledAtStart();
    if (this.#clean.unbalanced > 0) this.#faults.push(`${this.#clean.unbalanced} conditionals without their other end`);
    return {
      path: this.#path,
      code: this.#code,
      functions: this.#functions,
      variables: this.#variables,
      enumerators: this.#enumerators,
      macros: new Map(this.#clean.macros.map((macro) => [macro.name, macro])),
      structs: this.#structs,
      includes: this.#clean.includes,
      invocations: this.#invocations,
      faults: this.#faults,
      lineAt: (index) => this.#lineAt(index),
    };
  }

  /** A table that the module's start fills, as those of USB hosts: what that function mentions is what may be in it. */
  #filledAtStart(): void {
    for (const { name, words } of this.#invocations) {
      const start = name === "module_init" ? this.#functions.get(words[0] ?? "") : undefined;
      if (start === undefined) continue;
      for (const used of start.names) {
        const variable = this.#variables.get(used);
        if (variable === undefined || variable.start !== variable.end) continue;
        const names = new Set([...start.names].filter((one) => one !== used && !start.calls.has(one)));
        this.#variables.set(used, { ...variable, names });
      }
    }
  }

  #lineAt(index: number): number {
    let low = 0;
    let high = this.#lines.length;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if ((this.#lines[middle] ?? 0) <= index) low = middle;
      else high = middle;
    }
    return low + 1;
  }

  #next(): Token | null {
    const code = this.#code;
    while (this.#at < code.length && code.charCodeAt(this.#at) <= 32) this.#at += 1;
    if (this.#at >= code.length) return null;
    const start = this.#at;
    const first = code.charCodeAt(start);
    let end = start + 1;
    if (isWord(first)) while (end < code.length && isWord(code.charCodeAt(end))) end += 1;
    else if (first === 34 || first === 39) end = afterQuote(code, start);
    else if (first === 45 && code.charCodeAt(end) === 62) end += 1;
    else if ((first === 61 || first === 33 || first === 60 || first === 62) && code.charCodeAt(end) === 61) end += 1;
    this.#at = end;
    return { text: code.slice(start, end), start };
  }

  /** Puts the tokens up to the closing bracket behind `head`; the opening one has been read. */
  #bracketed(head: Token[], open: string): void {
    const close = open === "(" ? ")" : "]";
    let depth = 1;
    for (;;) {
      const token = this.#next();
      if (token === null) {
        this.#faults.push(`line ${this.#lineAt(head.at(-1)?.start ?? 0)}: ${open} is never closed`);
        return;
      }
      // A brace inside brackets is a compound literal or a statement expression, except where a bracket was left open.
      head.push(token);
      if (token.text === open) depth += 1;
      else if (token.text === close) {
        depth -= 1;
        if (depth === 0) return;
      }
    }
  }

  /** Reads to behind the brace that closes the one at `start`, gathering what is mentioned. */
  #block(start: number): { readonly end: number; readonly mentions: Mentions } {
    const names = new Set<string>();
    const calls = new Set<string>();
    const fieldCalls = new Set<string>();
    const fieldStores = new Set<string>();
    const fieldValues = new Map<string, string[]>();
    let depth = 1;
    let before = "{";
    let field: string | null = null;
    let stored: string | null = null;
    for (;;) {
      const token = this.#next();
      if (token === null) {
        this.#faults.push(`line ${this.#lineAt(start)}: the brace is never closed`);
        return { end: this.#code.length, mentions: { names, calls, fieldCalls, fieldStores, fieldValues } };
      }
      const { text } = token;
      if (text === "{") depth += 1;
      else if (text === "}") {
        depth -= 1;
        if (depth === 0) return { end: this.#at, mentions: { names, calls, fieldCalls, fieldStores, fieldValues } };
      } else if (isWordStart(text.charCodeAt(0))) {
        if (before === "->" || before === ".") {
          field = text;
          before = text;
          continue;
        }
        if (!SKIPPED_WORDS.has(text)) {
          names.add(text);
          if (stored !== null) addTo(fieldValues, stored, text);
        }
        stored = null;
      } else if (field !== null) {
        if (text === "(") fieldCalls.add(field);
        else if (text === "=" || "|&+-^".includes(text)) fieldStores.add(field);
        if (text === "=") stored = field;
      } else if (text === "(") {
        if (isWordStart(before.charCodeAt(0)) && !SKIPPED_WORDS.has(before)) calls.add(before);
        stored = null;
      } else if (text !== "&") stored = null;
      field = null;
      before = text;
    }
  }

  /** A function's body, a type, or a block nobody knows. @returns the tokens that what follows still belongs to */
  #braced(head: Token[], start: number): Token[] {
    const name = functionName(head);
    if (name !== null) {
      const { end, mentions } = this.#block(start);
      const known = this.#functions.get(name.token.text);
      const size = end - start;
      // Defined twice under conditions: the smaller one is the stub.
      if (known === undefined || known.end - known.body < size) {
        this.#functions.set(name.token.text, {
          kind: "function",
          file: this.#path,
          name: name.token.text,
          isStatic: head.some(({ text }) => text === "static"),
          line: this.#lineAt(name.token.start),
          start: name.parameters,
          body: start,
          end,
          ...mentions,
        });
      }
      return [];
    }
    const words = head.map(({ text }) => text);
    if (words.includes("enum")) {
      this.#enum();
      return head;
    }
    if (words.includes("struct") || words.includes("union")) {
      const tag = head.at(-1)?.text ?? "";
      const from = this.#at;
      const { end } = this.#block(start);
      this.#enumsInside(from, end);
      if (isWordStart(tag.charCodeAt(0))) this.#structs.set(tag, structFields(this.#code.slice(from, end - 1)));
      return head;
    }
    this.#block(start);
    return [];
  }

  /** Members of an enum that is defined where a struct's field is. */
  #enumsInside(from: number, end: number): void {
    for (const { index, 0: text } of this.#code.slice(from, end).matchAll(/\benum\s+(?:\w+\s*)?\{/g)) {
      this.#at = from + index + text.length;
      this.#enum();
    }
    this.#at = end;
  }

  #enum(): void {
    let name: string | null = null;
    let before: string | null = null;
    let valueFrom = -1;
    let depth = 0;
    for (;;) {
      const token = this.#next();
      const text = token?.text ?? "}";
      if (depth === 0 && (text === "," || text === "}")) {
        if (name !== null) {
          const end = token?.start ?? this.#code.length;
          const value = valueFrom < 0 ? null : this.#code.slice(valueFrom, end).trim();
          this.#enumerators.set(name, { value, after: before });
          before = name;
        }
        name = null;
        valueFrom = -1;
        if (text === "}") return;
      } else if (text === "(") depth += 1;
      else if (text === ")") depth -= 1;
      else if (text === "=" && valueFrom < 0) valueFrom = this.#at;
      else if (name === null) name = text;
    }
  }

  /** Reads `= ...` up to `;`, with further variables behind commas. */
  #initialised(head: Token[]): void {
    let start = this.#at;
    let tokens = head;
    const names = new Set<string>();
    const fieldStores = new Set<string>();
    let fieldValues = new Map<string, string[]>();
    const finish = (end: number): void => {
      this.#declaration(tokens, {
        start,
        end,
        mentions: {
          names: new Set(names),
          calls: new Set(),
          fieldCalls: new Set(),
          fieldStores: new Set(fieldStores),
          fieldValues,
        },
      });
      names.clear();
      fieldStores.clear();
      fieldValues = new Map();
    };
    let depth = 0;
    let before = "";
    let field: string | null = null;
    for (;;) {
      const token = this.#next();
      const text = token?.text ?? ";";
      const at = token?.start ?? this.#code.length;
      if (token === null && depth > 0) this.#faults.push(`line ${this.#lineAt(start)}: the initialiser never ends`);
      if (token === null || (depth === 0 && text === ";")) {
        finish(at);
        return;
      }
      if (text === "{" || text === "(" || text === "[") depth += 1;
      else if (text === "}" || text === ")" || text === "]") depth -= 1;
      else if (depth === 0 && text === ",") {
        finish(at);
        const next: Token[] = [];
        for (;;) {
          const one = this.#next();
          if (one === null || one.text === ";") {
            this.#declaration([...tokens.slice(0, -1), ...next], null);
            return;
          }
          if (one.text === "=") break;
          next.push(one);
        }
        tokens = [...head.slice(0, -1), ...next];
        start = this.#at;
      } else if (isWordStart(text.charCodeAt(0))) {
        if (before === "." || before === "->") {
          fieldStores.add(text);
          field = text;
        } else if (!SKIPPED_WORDS.has(text)) {
          names.add(text);
          if (field !== null) addTo(fieldValues, field, text);
        }
      } else if (text === ",") field = null;
      before = text;
    }
  }

  #declaration(
    head: readonly Token[],
    initialiser: { readonly start: number; readonly end: number; readonly mentions: Mentions } | null,
  ): void {
    const words = head.map(({ text }) => text);
    if (initialiser === null) {
      const open = words.indexOf("(");
      if (open === 1 && isWordStart((words[0] ?? "").charCodeAt(0))) {
        this.#invocations.push({
          name: words[0] ?? "",
          words: words.slice(2, -1),
          line: this.#lineAt(head[0]?.start ?? 0),
        });
        return;
      }
      // `static const struct foo nothing;` is all zero.
      if (open >= 0 || !words.includes("static") || !words.includes("struct")) return;
      this.#declaration(head, { start: 0, end: 0, mentions: NOTHING });
      return;
    }
    let last = words.length - 1;
    let isArray = false;
    while (last >= 0 && words[last] === "]") {
      isArray = true;
      last = words.lastIndexOf("[", last) - 1;
    }
    const name = words[last] ?? "";
    if (!isWordStart(name.charCodeAt(0))) return;
    const typeWords = words.slice(0, last);
    const tagged = typeWords.lastIndexOf("struct");
    const type =
      tagged >= 0
        ? (typeWords[tagged + 1] ?? "")
        : (typeWords.filter((word) => isWordStart(word.charCodeAt(0))).at(-1) ?? "");
    const known = this.#variables.get(name);
    if (known !== undefined && known.end - known.start >= initialiser.end - initialiser.start) return;
    this.#variables.set(name, {
      kind: "variable",
      file: this.#path,
      name,
      isStatic: words.includes("static"),
      isConst: words.includes("const"),
      type,
      isArray,
      line: this.#lineAt(head[last]?.start ?? 0),
      start: initialiser.start,
      end: initialiser.end,
      ...initialiser.mentions,
    });
  }
}

/** The name before the last `( ... )` of a head that ends in it: whatever macros without a semicolon stand before. */
function functionName(head: readonly Token[]): { readonly token: Token; readonly parameters: number } | null {
  if (head.at(-1)?.text !== ")") return null;
  let depth = 0;
  for (let i = head.length - 1; i > 0; i -= 1) {
    const text = head[i]?.text;
    if (text === ")") depth += 1;
    else if (text === "(") {
      depth -= 1;
      if (depth > 0) continue;
      const token = head[i - 1];
      if (token === undefined || !isWordStart(token.text.charCodeAt(0))) return null;
      return { token, parameters: head[i]?.start ?? 0 };
    }
  }
  return null;
}

function addTo(values: Map<string, string[]>, field: string, name: string): void {
  const known = values.get(field);
  if (known === undefined) values.set(field, [name]);
  else if (!known.includes(name)) known.push(name);
}
