/** Configuration space of PCI functions. Linux 6.12 `include/uapi/linux/pci_regs.h`. */

/** Offset of the command register, 16 bits. */
export const PCI_COMMAND = 0x04;
/** Command: the function answers to its memory regions. */
export const PCI_COMMAND_MEMORY = 0x2;
/** Command: the function may read and write memory by itself. */
export const PCI_COMMAND_MASTER = 0x4;
/** Command: no interrupts by line. */
export const PCI_COMMAND_INTX_DISABLE = 0x400;
