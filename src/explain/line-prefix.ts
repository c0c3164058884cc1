/**
 * Takes away what loggers put before a message: colours, quotation marks of a mail, priority, time in every form of `dmesg`, `journalctl`, `syslog` and
 * `logcat`, host, process. What a program prints itself, its own time or level, stays.
 */
const PREFIXES: readonly RegExp[] = [
  // Quoted in a mail or an issue.
  /^(?:>[ \t]?)+/,
  // RFC 5424 and raw printk priorities: `<3>`, `<11>1 `.
  /^<\d{1,3}>(?:1 (?=\d{4}-))?/,
  // `dmesg -x`: `kern  :err   : `.
  /^[a-z0-9]{2,8} *:(?:emerg|alert|crit|err|warn|notice|info|debug) *: /,
  // Time of printk and of `dmesg -T`, `-d`, `-e`, and the caller behind it: `[    1.234567] `, `[Sat Nov 28 13:27:20 2026] `, `[  +0.000012] `, `[   T42] `.
  /^\[ *\+?\d{1,9}\.\d{1,9}(?:<? *\d+\.\d+>)?\] ?/,
  /^\[(?:[A-Z][a-z]{2} +)?[A-Z][a-z]{2} *\d{1,2} \d\d:\d\d(?::\d\d)?(?: \d{4})?\] ?/,
  /^\[ *[TC]\d+\] ?:? ?/,
  // `dmesg --time-format iso`, `journalctl -o short-iso`, container runtimes: the host may follow.
  /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)? (?:[\w.-]+ (?=[^\s:[\]]+(?:\[\d+\])?: ))?/,
  // `Nov 28 13:27:20 host `.
  /^[A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d(?:\.\d+)? (?:[\w.-]+ (?=[^\s:[\]]+(?:\[\d+\])?: ))?/,
  // `kernel: `, `rpicam-vid[1234]: `: only where a time, a host or the start of a line stood before it.
  /^kernel(?:\[\d+\])?: ?/,
  /^[\w./@-]{1,64}\[\d+\]: ?/,
  // `docker compose logs`: `camera_1  | `.
  /^[\w.-]{1,64} +\| /,
  // logcat, threadtime and brief. The tag stays: it names the library.
  /^(?:\d{4}-)?\d\d-\d\d \d\d:\d\d:\d\d\.\d{3,6} +(?:\d+ +)?\d+ +[VDIWEFA] /,
  /^[VDIWEFA]\/(?=[^()]{1,64}\( *\d+\): )/,
];

/** More prefixes than any logger stacks. */
const MOST = 8;
/** What a prefix may be long. */
const LONGEST = 512;

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what colours are made of.
// oxlint-disable-next-line no-control-regex
const COLOUR = /\u001b(?:\[[0-9;:?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\^_])/g;

/** The line without colours. */
export function withoutColours(raw: string): string {
  return raw.includes("\u001b") ? raw.replace(COLOUR, "") : raw;
}

/** The message of a line: what stands behind everything a logger added, without blanks at either end. */
export function messageOf(raw: string): string {
  let text = withoutColours(raw).trim();
  for (let left = MOST; left > 0; left--) {
    const start = text.slice(0, LONGEST);
    const prefix = PREFIXES.map((pattern) => pattern.exec(start)?.[0] ?? "").find((found) => found !== "");
    if (prefix === undefined) break;
    text = text.slice(prefix.length).trimStart();
  }
  return text;
}
