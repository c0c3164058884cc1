import { readFileSync } from "node:fs";

/** Numbers of users and groups by name, as far as the files of this machine know them. */
export interface AccountNames {
  readonly users: ReadonlyMap<string, number>;
  readonly groups: ReadonlyMap<string, number>;
}

/** Reads the lines of `/etc/passwd` or `/etc/group`: the name is the first field, the number the third. Lines of another form are passed over. */
export function parseAccounts(text: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const line of text.split("\n")) {
    const [name = "", , number = ""] = line.split(":");
    if (name !== "" && !name.startsWith("#") && /^\d{1,10}$/.test(number)) found.set(name, Number(number));
  }
  return found;
}

/** The names of this machine; without its files there are none. Accounts that only a directory service knows have to be written as numbers. */
export function readAccountNames(): AccountNames {
  return { users: parseAccounts(textOf("/etc/passwd")), groups: parseAccounts(textOf("/etc/group")) };
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
