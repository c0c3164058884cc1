/** What the memory bus quirk does to the devices it lists; the tree says nothing of it. */
export const MBUS_NOTE =
  "Without an interconnects property drivers/soc/sunxi/sunxi_mbus.c gives this device an offset: its bus address 0 is the start of RAM.";
