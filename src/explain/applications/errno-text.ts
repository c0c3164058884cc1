/** An error number as programs print it. */
export interface ErrnoText {
  /** `ENOMEM`; the digits for a number without a name here. */
  readonly name: string;
  readonly number: number;
}

/** Name, number on every architecture Linux runs boards on, and what `strerror()` says in English and Chinese (glibc 2.36 `sysdeps/gnu/errlist.h`, `po/zh_CN.po`). */
const ERRORS: readonly (readonly [name: string, number: number, ...texts: string[]])[] = [
  ["EPERM", 1, "Operation not permitted", "不允许的操作"],
  ["ENOENT", 2, "No such file or directory", "没有那个文件或目录"],
  ["EIO", 5, "Input/output error"],
  ["EBADF", 9, "Bad file descriptor"],
  ["EAGAIN", 11, "Resource temporarily unavailable"],
  ["ENOMEM", 12, "Cannot allocate memory", "Out of memory", "无法分配内存"],
  ["EACCES", 13, "Permission denied", "权限不够"],
  ["EFAULT", 14, "Bad address"],
  ["EBUSY", 16, "Device or resource busy", "设备或资源忙"],
  ["EEXIST", 17, "File exists"],
  ["ENODEV", 19, "No such device"],
  ["EINVAL", 22, "Invalid argument", "无效的参数"],
  ["EMFILE", 24, "Too many open files"],
  ["ENOTTY", 25, "Inappropriate ioctl for device"],
  ["ENOSPC", 28, "No space left on device"],
  ["EOPNOTSUPP", 95, "Operation not supported"],
  ["ENOBUFS", 105, "No buffer space available"],
];

/** `error 12`, `errno=22`, `[Errno 12]`, `err=22`, `Error(17)`, `(13)`, `: -22`, `= -22`, `return=-12`. A bare `-1` is a result, not an error number. */
const NUMBER = /\b(?:error|errno|err|return|ret)\b[ :=(]{0,3}-?(\d{1,3})\b|\((\d{1,3})\)|(?:[:=] ?-|: )(\d{1,3})\b/i;

/**
 * Reads the error number out of what a program printed behind the call that failed: its text, or its number.
 *
 * @returns null where the text names none
 */
export function errnoIn(text: string): ErrnoText | null {
  for (const [name, number, ...texts] of ERRORS) {
    if (texts.some((words) => text.includes(words))) return { name, number };
  }
  const match = NUMBER.exec(text);
  const number = Number(match?.[1] ?? match?.[2] ?? match?.[3] ?? 0);
  if (number === 0 || (number === 1 && /-1\b/.test(match?.[0] ?? ""))) return null;
  return { name: ERRORS.find(([, known]) => known === number)?.[0] ?? String(number), number };
}
