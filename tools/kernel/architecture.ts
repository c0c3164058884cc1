/** Architectures of guests, in Debian's words. */
export type GuestArchitecture = "amd64" | "arm64";

/** What differs between guests of different architectures. */
export interface GuestMachine {
  /** Name of QEMU's program, and the package of Debian that has it. */
  readonly qemu: { readonly program: string; readonly package: string };
  /** Begins QEMU's command line; the tests count on it being emulated, whatever the host can do. */
  readonly machine: readonly string[];
  /** The kernel's name of the first serial port. */
  readonly console: string;
}

export const GUEST_MACHINES: Readonly<Record<GuestArchitecture, GuestMachine>> = {
  amd64: {
    qemu: { program: "qemu-system-x86_64", package: "qemu-system-x86" },
    machine: ["-machine", "q35", "-cpu", "max"],
    console: "ttyS0",
  },
  arm64: {
    qemu: { program: "qemu-system-aarch64", package: "qemu-system-arm" },
    machine: ["-machine", "virt,gic-version=3", "-cpu", "cortex-a57"],
    console: "ttyAMA0",
  },
};
