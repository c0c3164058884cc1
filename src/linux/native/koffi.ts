import type * as KoffiModule from "koffi";
import { accepted, type Result, refused } from "../../units/result.js";

/** The foreign function interface that calls go through. */
export type Koffi = typeof KoffiModule;

/** Why this process cannot make system calls of its own. */
export interface NativeMissing {
  readonly code: "native-missing";
  /** `not-installed`: the optional package is not there. `not-loadable`: it is, and does not load. `not-linux`: no Linux. `byte-order`: a big-endian machine. */
  readonly why: "not-installed" | "not-loadable" | "not-linux" | "byte-order";
  /** What the loader said; empty where there is nothing to add. */
  readonly detail: string;
}

/** Loads the optional package koffi. */
export async function loadKoffi(): Promise<Result<Koffi, NativeMissing>> {
  try {
    return accepted(await import("koffi"));
  } catch (error) {
    const { code, message } = error as { code?: string; message?: string };
    const why = code === "ERR_MODULE_NOT_FOUND" ? "not-installed" : "not-loadable";
    return refused({ code: "native-missing", why, detail: message?.split("\n", 1)[0] ?? "" });
  }
}

/** One sentence for people, with the line that mends it. */
export function explainNativeMissing({ why, detail }: NativeMissing): string {
  switch (why) {
    case "not-installed":
      return "the optional package koffi, which system calls go through, is not installed: npm install koffi";
    case "not-loadable":
      return `the package koffi does not load here (${detail}): npm rebuild koffi, or run on x86-64, arm64, arm or riscv64`;
    case "not-linux":
      return `this is ${detail}, and buffers come from Linux`;
    case "byte-order":
      return "this machine is big-endian, and only little-endian ones are supported";
  }
}
