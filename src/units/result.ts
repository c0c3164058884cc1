/** The answer to something that can be refused: a value, or why not. */
export type Result<T, R> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: R };

/** Wraps a value. */
export function accepted<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

/** Wraps a refusal. */
export function refused<R>(refusal: R): { readonly ok: false; readonly refusal: R } {
  return { ok: false, refusal };
}

/**
 * The value of a result, for examples and scripts that have no use for a refusal.
 *
 * @throws RangeError that carries the refusal as its cause
 */
export function orThrow<T, R>(result: Result<T, R>): T {
  if (result.ok) return result.value;
  throw new RangeError(`refused: ${JSON.stringify(result.refusal)}`, { cause: result.refusal });
}
