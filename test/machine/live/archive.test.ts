import { describe, expect, it } from "vitest";
import { isArchive, readArchive } from "../../../src/machine/live/archive.js";
import { tarOf } from "./tar.js";

const long = `sys/devices/${"bus@0/".repeat(20)}vendor`;
const names = (bytes: Uint8Array): readonly string[] => [...readArchive(bytes).keys()];
const refusal = (bytes: Uint8Array): object => {
  try {
    readArchive(bytes);
  } catch (error) {
    if (error instanceof Error && "code" in error && "offset" in error)
      return { code: error.code, offset: error.offset };
    throw error;
  }
  return {};
};

describe("readArchive", () => {
  it("gives files by path, without the leading ./, and leaves the rest out", () => {
    const files = readArchive(
      tarOf([
        { path: "./", type: "5" },
        { path: "./a/b", content: "1" },
        { path: "link", type: "2" },
        { path: "c", content: "22" },
      ]),
    );
    expect([...files].map(([path, bytes]) => [path, new TextDecoder().decode(bytes)])).toEqual([
      ["a/b", "1"],
      ["c", "22"],
    ]);
  });

  it("reads names of more than 100 letters, of GNU tar and of POSIX", () => {
    expect(names(tarOf([{ path: long, content: "x" }, { path: "after" }]))).toEqual([long, "after"]);
    const record = `${long.length + 10} path=${long}\n`;
    expect(
      names(
        tarOf([
          { path: "pax", type: "x", content: record },
          { path: "short", content: "x" },
        ]),
      ),
    ).toEqual([long]);
  });

  it("takes the last of files with one path", () => {
    const files = readArchive(
      tarOf([
        { path: "a", content: "1" },
        { path: "a", content: "2" },
      ]),
    );
    expect(new TextDecoder().decode(files.get("a"))).toBe("2");
  });

  it("refuses what is no archive", () => {
    expect(isArchive(new Uint8Array(100))).toBe(false);
    expect(refusal(new Uint8Array(1024))).toEqual({ code: "not-an-archive", offset: 0 });
  });

  const two = tarOf([
    { path: "a", content: "1" },
    { path: "b", content: "2" },
  ]);
  const broken = two.slice();
  broken[1024 + 5] = 0x41;
  const noNumber = two.slice();
  noNumber[124] = 0x80;
  const cases = [
    { name: "an archive without its end", bytes: two.subarray(0, 2048), code: "truncated", offset: 2048 },
    { name: "an archive cut in a file", bytes: two.subarray(0, 1536), code: "truncated", offset: 1024 },
    { name: "a size beyond the end", bytes: tarOf([{ path: "a", size: 0o77777777777 }]), code: "truncated", offset: 0 },
    { name: "a wrong check sum", bytes: broken, code: "bad-header", offset: 1024 },
    { name: "a binary size", bytes: noNumber, code: "bad-header", offset: 0 },
    { name: "a path upwards", bytes: tarOf([{ path: "a/../../etc/passwd" }]), code: "bad-path", offset: 0 },
    { name: "an absolute path", bytes: tarOf([{ path: "a" }, { path: "/etc/passwd" }]), code: "bad-path", offset: 512 },
  ];
  for (const { name, bytes, code, offset } of cases)
    it(`refuses ${name}`, () => expect(refusal(bytes)).toEqual({ code, offset }));
});
