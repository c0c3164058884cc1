import { describe, expect, it } from "vitest";
import { errnoIn } from "../../../src/explain/applications/errno-text.js";

describe("the error number in what a program prints", () => {
  const cases = [
    { text: ": Cannot allocate memory ERROR: *** failed ***", name: "ENOMEM" },
    { text: " error 12, Cannot allocate memory", name: "ENOMEM" },
    { text: " error 12", name: "ENOMEM" },
    { text: ": 12", name: "ENOMEM" },
    { text: " failed: -22", name: "EINVAL" },
    { text: " = -22 (Invalid argument)", name: "EINVAL" },
    { text: " failed (err=22)", name: "EINVAL" },
    { text: "(Error(17))", name: "EEXIST" },
    { text: ": errno=16", name: "EBUSY" },
    { text: ". return=-22", name: "EINVAL" },
    { text: ": No such file or directory (2)", name: "ENOENT" },
    { text: ": 权限不够", name: "EACCES" },
    { text: " error 777", name: "777" },
  ];
  for (const { text, name } of cases) it(`is ${name} in "${text}"`, () => expect(errnoIn(text)?.name).toBe(name));

  const none = ["", " failed ret -1", ": Operation not done (-1)", " returned 0", " failed!", ": 1920x1080"];
  for (const text of none) it(`is not in "${text}"`, () => expect(errnoIn(text)).toBeNull());
});
