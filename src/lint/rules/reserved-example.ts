/** `/reserved-memory` with these children, for the board of an example, which has two address and two size cells. */
export function reservedMemory(...children: readonly string[]): string {
  return `reserved-memory {
	#address-cells = <2>;
	#size-cells = <2>;
	ranges;
	${children.join("\n\t")}
};`;
}
