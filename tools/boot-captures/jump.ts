/**
 * Code for an arm64 processor that has just been switched on: calls the kernel as its boot protocol wants (x0 the device tree, x1 to x3 zero).
 *
 * @see Linux 6.12 `Documentation/arch/arm64/booting.rst`
 */
export function jumpTo(kernel: number, tree: number): Uint8Array {
  const code = Buffer.alloc(40);
  const instructions = [
    0x580000c0, // ldr x0, tree
    0xaa1f03e1, // mov x1, xzr
    0xaa1f03e2, // mov x2, xzr
    0xaa1f03e3, // mov x3, xzr
    0x58000084, // ldr x4, kernel
    0xd61f0080, // br x4
  ];
  instructions.forEach((word, index) => code.writeUInt32LE(word, index * 4));
  code.writeBigUInt64LE(BigInt(tree), 24);
  code.writeBigUInt64LE(BigInt(kernel), 32);
  return code;
}
