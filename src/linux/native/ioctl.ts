/** A request of an ioctl: its number, and its name for messages. */
export interface Ioctl {
  readonly name: string;
  readonly number: number;
}

type Direction = 0 | 1 | 2 | 3;

/**
 * Numbers an ioctl as `_IOC()` does: bits 30-31 direction (1 write, 2 read), 16-29 size of the argument, 8-15 type, 0-7 number.
 *
 * @see Linux 6.12 `include/uapi/asm-generic/ioctl.h`; x86-64, arm, arm64 and riscv use it as it is
 */
function ioc(name: string, direction: Direction, type: number | string, number: number, size: number): Ioctl {
  const letter = typeof type === "string" ? type.charCodeAt(0) : type;
  return { name, number: direction * 2 ** 30 + size * 2 ** 16 + letter * 2 ** 8 + number };
}

/** `_IO()`: no argument, or a whole number. */
export function io(name: string, type: number | string, number: number): Ioctl {
  return ioc(name, 0, type, number, 0);
}

/** `_IOW()`: the kernel reads the argument. @param size - bytes */
export function iow(name: string, type: number | string, number: number, size: number): Ioctl {
  return ioc(name, 1, type, number, size);
}

/** `_IOR()`: the kernel writes the argument. @param size - bytes */
export function ior(name: string, type: number | string, number: number, size: number): Ioctl {
  return ioc(name, 2, type, number, size);
}

/** `_IOWR()`: both. @param size - bytes */
export function iowr(name: string, type: number | string, number: number, size: number): Ioctl {
  return ioc(name, 3, type, number, size);
}
