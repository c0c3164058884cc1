/**
 * Runs what ends things, from the last to the first, all of it whatever fails.
 *
 * @throws what failed first
 */
export function closeInReverse(endings: readonly (() => void)[]): void {
  const errors: unknown[] = [];
  for (const end of [...endings].reverse()) {
    try {
      end();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}
