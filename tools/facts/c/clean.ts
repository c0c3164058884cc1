/**
 * The text of a C file made ready for reading: comments, attributes and preprocessor lines are gone, every line keeps its number.
 *
 * A driver is read for all its configurations at once. `#if 0` drops its branch; the other branches all stay:
 *
 *     between functions      both definitions stay, the larger counts (a stub is small)
 *     among statements       #ifdef CONFIG_X ... #else ... #endif  becomes  if (defined(CONFIG_X)) { ... } else { ... }
 *     in an initialiser      all entries stay
 *     anywhere else          the first branch stays; so too where a brace opened in one branch closes after #endif
 */
import { afterQuote, isWord, isWordStart } from "./characters.js";

/** A `#define`. `parameters` is null for a constant; the last one of a variadic macro is `...` or `name...`. */
export interface Macro {
  readonly name: string;
  readonly parameters: readonly string[] | null;
  /** Continued lines joined, comments gone. */
  readonly body: string;
  readonly line: number;
}

/** An `#include`; `local` when written in quotes. */
export interface Include {
  readonly path: string;
  readonly local: boolean;
}

/** What {@link cleanText} leaves of a file. */
export interface CleanText {
  readonly code: string;
  readonly macros: readonly Macro[];
  readonly includes: readonly Include[];
  /** Conditionals whose `#endif` is missing or has no `#if`. */
  readonly unbalanced: number;
}

/** Words of the kernel that no grammar of C knows and that change nothing here; with `(` behind, the argument goes too. */
const ATTRIBUTES = new Set(
  (
    "__init __exit __initdata __initconst __exitdata __refdata __ref __iomem __user __force __must_check __percpu __rcu __maybe_unused " +
    "__always_unused __used __packed __weak __cold __hot __pure __malloc __attribute_const__ __attribute__ __aligned __acquires __releases " +
    "__must_hold __printf __scanf __section __read_mostly __ro_after_init __cacheline_aligned __cacheline_aligned_in_smp __bitwise __private " +
    "__kernel __safe __noreturn __visible __no_sanitize_address __no_kcsan __counted_by __counted_by_le __counted_by_be __free __devinit " +
    "__devexit __net_init __net_exit __net_initdata __irq_entry __sched __deprecated __nonstring __alloc_size __assume_aligned __designated_init " +
    "__flatten __no_profile __no_sanitize_thread __diagnose_as __randomize_layout __maybe_unused_ noinline noinline_for_stack asmlinkage " +
    "__always_inline __inline __inline__ __extension__ __restrict __cleanup __realloc_size __gnu_inline __naked __nocfi __latent_entropy"
  ).split(" "),
);

type Brace = "code" | "data";

interface Conditional {
  /** Index of the chunk that opens the `if`, blanked when the branch turns out not to be whole statements; -1 outside code. */
  readonly opener: number;
  readonly braces: readonly Brace[];
  readonly parens: number;
  /** Inside an expression or a half statement only one branch can stay. */
  readonly oneOnly: boolean;
  branchStart: number;
  branch: number;
  /** Text of the branch read now goes nowhere. */
  skipping: boolean;
  /** No later branch is kept. */
  closed: boolean;
  asIf: boolean;
}

const SPACE = 32;
const NEWLINE = 10;

/** Reads a whole file; any text is taken, also one cut off anywhere. */
export function cleanText(text: string): CleanText {
  return new Cleaner(text).run();
}

class Cleaner {
  readonly #text: string;
  readonly #chunks: string[] = [];
  readonly #macros: Macro[] = [];
  readonly #includes: Include[] = [];
  readonly #conditionals: Conditional[] = [];
  #braces: Brace[] = [];
  #parens = 0;
  #unbalanced = 0;
  #line = 1;
  #at = 0;
  /** Start of what is to be copied next. */
  #from = 0;
  /** Last character that is neither space nor dropped, and the word it ends, if any. */
  #last = 0;
  #lastWord = "";

  constructor(text: string) {
    this.#text = text;
  }

  run(): CleanText {
    const text = this.#text;
    let fresh = true;
    while (this.#at < text.length) {
      const code = text.charCodeAt(this.#at);
      if (code === NEWLINE) {
        this.#line += 1;
        this.#at += 1;
        fresh = true;
        if (this.#skipping()) {
          this.#chunks.push("\n");
          this.#from = this.#at;
        }
      } else if (code <= SPACE) this.#at += 1;
      else if (code === 47 && this.#comment()) continue;
      else if (code === 35 && fresh) this.#directive();
      else {
        fresh = false;
        if (this.#skipping()) this.#skipToken(code);
        else this.#token(code);
      }
    }
    this.#copy(text.length);
    this.#unbalanced += this.#conditionals.length;
    return {
      code: this.#chunks.join(""),
      macros: this.#macros,
      includes: this.#includes,
      unbalanced: this.#unbalanced,
    };
  }

  #skipping(): boolean {
    return this.#conditionals.some(({ skipping }) => skipping);
  }

  /** Copies up to an index, nothing while a branch is dropped. */
  #copy(end: number): void {
    if (!this.#skipping() && end > this.#from) this.#chunks.push(this.#text.slice(this.#from, end));
    this.#from = end;
  }

  /** Puts as many line breaks as the text up to an index has. */
  #blank(end: number): void {
    let lines = 0;
    for (let i = this.#at; i < end; i += 1) if (this.#text.charCodeAt(i) === NEWLINE) lines += 1;
    this.#line += lines;
    this.#chunks.push(" ", "\n".repeat(lines));
    this.#at = end;
    this.#from = end;
  }

  #comment(): boolean {
    const next = this.#text.charCodeAt(this.#at + 1);
    if (next !== 42 && next !== 47) return false;
    this.#copy(this.#at);
    const found = next === 42 ? this.#text.indexOf("*/", this.#at + 2) : this.#text.indexOf("\n", this.#at);
    const end = found < 0 ? this.#text.length : next === 42 ? found + 2 : found;
    this.#blank(end);
    return true;
  }

  #skipToken(code: number): void {
    this.#at = code === 34 || code === 39 ? afterQuote(this.#text, this.#at) : this.#at + 1;
    this.#from = this.#at;
  }

  #token(code: number): void {
    if (isWordStart(code)) {
      this.#word();
      return;
    }
    if (code === 34 || code === 39) this.#at = afterQuote(this.#text, this.#at);
    else {
      this.#at += 1;
      if (code === 40) this.#parens += 1;
      else if (code === 41) this.#parens = Math.max(0, this.#parens - 1);
      else if (code === 123) this.#braces.push(this.#kindOfBrace());
      else if (code === 125) this.#braces.pop();
    }
    this.#last = code;
    this.#lastWord = "";
  }

  #word(): void {
    const text = this.#text;
    let end = this.#at + 1;
    while (end < text.length && isWord(text.charCodeAt(end))) end += 1;
    const word = text.slice(this.#at, end);
    if ((word.startsWith("__") || word === "noinline" || word === "asmlinkage") && ATTRIBUTES.has(word)) {
      this.#copy(this.#at);
      this.#blank(this.#afterArgument(end));
      return;
    }
    if (word === "struct" && this.#last === 44 && this.#parens > 0 && this.#isTypeArgument(end)) {
      this.#copy(this.#at);
      this.#blank(end);
      return;
    }
    this.#at = end;
    this.#last = 97;
    this.#lastWord = word;
  }

  /** `container_of(p, struct foo, bar)`: a type as an argument is no C without the macro; the tag alone reads as a name. */
  #isTypeArgument(afterStruct: number): boolean {
    const text = this.#text;
    let i = afterStruct;
    while (i < text.length && text.charCodeAt(i) <= SPACE) i += 1;
    if (!isWordStart(text.charCodeAt(i))) return false;
    while (i < text.length && isWord(text.charCodeAt(i))) i += 1;
    while (i < text.length && text.charCodeAt(i) <= SPACE) i += 1;
    return text.charCodeAt(i) === 44 || text.charCodeAt(i) === 41;
  }

  /** The index behind `( ... )` that follows an index, or the index itself. */
  #afterArgument(start: number): number {
    const text = this.#text;
    let i = start;
    while (i < text.length && (text.charCodeAt(i) === SPACE || text.charCodeAt(i) === 9)) i += 1;
    if (text.charCodeAt(i) !== 40) return start;
    let depth = 0;
    for (; i < text.length; i += 1) {
      const c = text.charCodeAt(i);
      if (c === 40) depth += 1;
      else if (c === 41) {
        depth -= 1;
        if (depth === 0) return i + 1;
      } else if (c === 59 || c === 123) return start;
    }
    return start;
  }

  /** A brace opens statements behind `)`, `else`, `do` and, among statements, behind any that ended. */
  #kindOfBrace(): Brace {
    if (this.#parens > 0) return this.#last === 40 ? "code" : "data";
    if (this.#last === 41 || this.#lastWord === "else" || this.#lastWord === "do") return "code";
    const inside = this.#braces.at(-1) === "code";
    return inside && (this.#last === 59 || this.#last === 123 || this.#last === 125 || this.#last === 58)
      ? "code"
      : "data";
  }

  #directive(): void {
    this.#copy(this.#at);
    const text = this.#text;
    const line = this.#line;
    let end = this.#at;
    let words = "";
    while (end < text.length && text.charCodeAt(end) !== NEWLINE) {
      const c = text.charCodeAt(end);
      if (c === 92 && text.charCodeAt(end + 1) === NEWLINE) {
        words += " ";
        end += 2;
      } else if (c === 47 && text.charCodeAt(end + 1) === 42) {
        const close = text.indexOf("*/", end + 2);
        end = close < 0 ? text.length : close + 2;
        words += " ";
      } else if (c === 47 && text.charCodeAt(end + 1) === 47) {
        const close = text.indexOf("\n", end);
        end = close < 0 ? text.length : close;
      } else if (c === 34) {
        const close = Math.max(afterQuote(text, end), end + 1);
        words += text.slice(end, close);
        end = close;
      } else {
        words += text[end];
        end += 1;
      }
    }
    this.#at = Math.min(this.#at, end);
    this.#interpret(words, line);
    const lines = countLines(text, this.#from, end);
    this.#line = line + lines;
    this.#chunks.push("\n".repeat(lines));
    this.#at = end;
    this.#from = end;
  }

  #interpret(words: string, line: number): void {
    const match = /^#\s*([a-z]+)\s*(.*)$/s.exec(words);
    const [name, rest] = [match?.[1] ?? "", (match?.[2] ?? "").trim()];
    if (name === "if" || name === "ifdef" || name === "ifndef") this.#open(name, rest);
    else if (name === "elif" || name === "else") this.#another(name, rest);
    else if (name === "endif") this.#close();
    else if (this.#skipping()) return;
    else if (name === "define") this.#define(rest, line);
    else if (name === "include") {
      const path = /^(["<])([^">]+)[">]/.exec(rest);
      if (path !== null) this.#includes.push({ path: path[2] ?? "", local: path[1] === '"' });
    }
  }

  #define(rest: string, line: number): void {
    const match = /^([A-Za-z_]\w*)(\(([^)]*)\))?\s*(.*)$/s.exec(rest);
    if (match === null) return;
    const parameters = match[2] === undefined ? null : (match[3] ?? "").split(",").map((word) => word.trim());
    this.#macros.push({
      name: match[1] ?? "",
      parameters: parameters?.length === 1 && parameters[0] === "" ? [] : parameters,
      body: (match[4] ?? "").trim(),
      line,
    });
  }

  #open(name: string, rest: string): void {
    const never = name === "if" && /^0\b/.test(rest);
    const atStatement = this.#betweenStatements();
    const outer = this.#skipping();
    let opener = -1;
    if (!outer && !never && atStatement) {
      opener = this.#chunks.length;
      this.#chunks.push(`if (${condition(name, rest)}) {`);
    }
    this.#conditionals.push({
      opener,
      braces: [...this.#braces],
      parens: this.#parens,
      oneOnly: this.#parens > 0 || (this.#braces.at(-1) === "code" && !atStatement),
      branchStart: this.#chunks.length,
      branch: 0,
      skipping: outer || never,
      closed: name === "if" && /^1$/.test(rest),
      asIf: opener >= 0,
    });
  }

  #betweenStatements(): boolean {
    return (
      this.#parens === 0 &&
      this.#braces.at(-1) === "code" &&
      (this.#last === 59 || this.#last === 123 || this.#last === 125 || this.#last === 58)
    );
  }

  /** Ends the branch read now; a later branch that is not whole is taken back. */
  #endBranch(top: Conditional): void {
    if (top.skipping) return;
    const same = this.#braces.length === top.braces.length && this.#parens === top.parens;
    const text = this.#chunks.slice(top.branchStart).join("");
    const whole = same && (!top.asIf || (/[;{}:]\s*$|^\s*$/.test(text) && !/^\s*(?:case|default|else)\b/.test(text)));
    if (top.branch === 0) {
      if (whole) return;
      if (top.asIf) this.#chunks[top.opener] = "";
      top.asIf = false;
      top.closed = top.closed || !same || top.opener >= 0;
      return;
    }
    if (whole) return;
    for (let i = top.branchStart; i < this.#chunks.length; i += 1) {
      this.#chunks[i] = "\n".repeat(countLines(this.#chunks[i] ?? "", 0, Number.POSITIVE_INFINITY));
    }
    this.#braces = [...top.braces];
    this.#parens = top.parens;
  }

  #another(name: string, rest: string): void {
    const top = this.#conditionals.at(-1);
    if (top === undefined) {
      this.#unbalanced += 1;
      return;
    }
    const outer = this.#conditionals.slice(0, -1).some(({ skipping }) => skipping);
    const wasNever = top.branch === 0 && top.skipping && !outer;
    this.#endBranch(top);
    if (outer) return;
    top.skipping = top.closed || (top.oneOnly && !wasNever);
    top.branch += 1;
    if (top.skipping) return;
    if (top.asIf) this.#chunks.push(name === "elif" ? `} else if (${condition("if", rest)}) {` : "} else {");
    top.branchStart = this.#chunks.length;
    this.#last = 59;
  }

  #close(): void {
    const top = this.#conditionals.at(-1);
    if (top === undefined) {
      this.#unbalanced += 1;
      return;
    }
    this.#endBranch(top);
    this.#conditionals.pop();
    if (top.asIf && !this.#skipping()) this.#chunks.push("}");
  }
}

/** The condition of a directive as an expression of C. */
function condition(name: string, rest: string): string {
  if (name === "ifdef") return `defined(${rest})`;
  if (name === "ifndef") return `!defined(${rest})`;
  return rest.replaceAll(/\bdefined\s+([A-Za-z_]\w*)/g, "defined($1)") || "0";
}

function countLines(text: string, from: number, to: number): number {
  let lines = 0;
  for (let i = text.indexOf("\n", from); i >= 0 && i < to; i = text.indexOf("\n", i + 1)) lines += 1;
  return lines;
}
