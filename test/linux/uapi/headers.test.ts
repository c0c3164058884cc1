import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Ioctl } from "../../../src/linux/native/ioctl.js";
import { type Struct, sizeOfField } from "../../../src/linux/native/struct.js";
import * as dmaBuf from "../../../src/linux/uapi/dma-buf.js";
import * as dmaHeap from "../../../src/linux/uapi/dma-heap.js";
import * as drm from "../../../src/linux/uapi/drm.js";
import * as fcntl from "../../../src/linux/uapi/fcntl.js";
import * as mman from "../../../src/linux/uapi/mman.js";

import * as pciRegs from "../../../src/linux/uapi/pci-regs.js";

import * as poll from "../../../src/linux/uapi/poll.js";

import * as socket from "../../../src/linux/uapi/socket.js";
import * as udmabuf from "../../../src/linux/uapi/udmabuf.js";
import * as vfio from "../../../src/linux/uapi/vfio.js";
import * as videodev2 from "../../../src/linux/uapi/videodev2.js";
import { HEADERS as HEADERS_OF_DRM } from "../../../tools/headers.js";

/** Header files, and what we say of them. */
const HEADERS: readonly { readonly includes: readonly string[]; readonly ours: Readonly<Record<string, unknown>> }[] = [
  { includes: ["linux/types.h", "linux/ioctl.h", "linux/dma-heap.h"], ours: dmaHeap },
  { includes: ["linux/types.h", "linux/ioctl.h", "linux/dma-buf.h"], ours: dmaBuf },
  { includes: ["linux/types.h", "linux/ioctl.h", "linux/udmabuf.h"], ours: udmabuf },
  { includes: ["linux/videodev2.h"], ours: videodev2 },
  { includes: ["libdrm/drm.h"], ours: drm },
  { includes: ["linux/vfio.h"], ours: vfio },
  { includes: ["linux/pci_regs.h"], ours: pciRegs },
  { includes: ["fcntl.h"], ours: fcntl },
  { includes: ["poll.h"], ours: poll },
  { includes: ["sys/mman.h", "linux/memfd.h"], ours: mman },
  { includes: ["sys/socket.h", "sys/un.h", "sys/uio.h"], ours: socket },
];

/** Constants that no header for programs has, or only those of newer kernels. */
const INTERNAL: readonly string[] = ["SCM_MAX_FD", "SO_PASSRIGHTS"];

const compiler = ["cc", "gcc", "clang"].find((name) => spawnSync(name, ["--version"]).status === 0);
const missing =
  compiler === undefined
    ? "there is no C compiler"
    : existsSync("/usr/include/linux/dma-heap.h")
      ? null
      : "the kernel's headers (package linux-libc-dev) are not installed";

describe.skipIf(missing !== null)(
  `structures and numbers, against the system's headers${missing === null ? "" : ` (${missing})`}`,
  () => {
    for (const { includes, ours } of HEADERS) {
      const header = includes.at(-1) as string;
      const isThere = !header.startsWith("libdrm/") || existsSync(join(HEADERS_OF_DRM, header));
      it.skipIf(!isThere)(`agree with ${header}${isThere ? "" : " (which is not here)"}`, () => {
        const claims = Object.entries(ours).flatMap(([name, value]) => claimsOf(name, value));
        expect(claims.length).toBeGreaterThan(0);
        expect(Object.fromEntries(askCompiler(includes, claims))).toEqual(Object.fromEntries(claims));
      });
    }
  },
);

/** C expressions, and the values we give them. */
function claimsOf(name: string, value: unknown): readonly (readonly [string, number])[] {
  if (typeof value === "number") return INTERNAL.includes(name) ? [] : [[name, value]];
  if (typeof value !== "object" || value === null) return [];
  if ("fields" in value) {
    const { name: type, size, fields } = value as Struct;
    return [
      [`sizeof(${type})`, size],
      ...Object.entries(fields).flatMap(([field, at]): [string, number][] => [
        [`offsetof(${type}, ${field})`, at[1]],
        [`sizeof(((${type} *)0)->${field})`, sizeOfField(at)],
      ]),
    ];
  }
  const { name: macro, number } = value as Ioctl;
  if (INTERNAL.includes(macro)) return [];
  return [[macro, number]];
}

function askCompiler(
  includes: readonly string[],
  claims: readonly (readonly [string, number])[],
): readonly (readonly [string, number])[] {
  const folder = mkdtempSync(join(tmpdir(), "coalloc-headers-"));
  try {
    const source = join(folder, "ask.c");
    const program = join(folder, "ask");
    const lines = claims.map(([expression]) => `  printf("%llu\\n", (unsigned long long)(${expression}));`);
    writeFileSync(
      source,
      [
        "#define _GNU_SOURCE",
        "#include <stddef.h>",
        "#include <stdio.h>",
        ...includes.map((file) => `#include <${file}>`),
        "int main(void) {",
        ...lines,
        "  return 0;",
        "}",
      ].join("\n"),
    );
    execFileSync(compiler!, ["-idirafter", HEADERS_OF_DRM, "-o", program, source], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    const answers = execFileSync(program, { encoding: "utf8" }).trim().split("\n");
    return claims.map(([expression], i) => [expression, Number(answers[i])]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
