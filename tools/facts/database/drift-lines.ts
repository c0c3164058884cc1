import type { FactChange } from "./drift.js";

/**
 * Changes as text, by module: compatibles of which the same is different stand together.
 *
 * @returns lines; those of a change's fields are indented
 */
export function driftLines(changes: readonly FactChange[]): string[] {
  const groups = new Map<string, { readonly module: string; readonly what: readonly string[]; names: string[] }>();
  for (const change of changes) {
    const what = change.kind === "changed" ? change.fields.flatMap(fieldLines) : [];
    const key = JSON.stringify([change.module, change.kind, what]);
    const known = groups.get(key) ?? { module: `${change.module}  ${change.kind}`, what, names: [] };
    known.names.push(change.compatible);
    groups.set(key, known);
  }
  const sorted = [...groups.values()].sort((a, b) => (a.module < b.module ? -1 : a.module > b.module ? 1 : 0));
  return sorted.flatMap(({ module, what, names }) => [`${module}: ${names.join(", ")}`, ...what]);
}

function fieldLines({ field, before, after }: { field: string; before: unknown; after: unknown }): string[] {
  const [was, is] = [namesIn(before), namesIn(after)];
  if (was === null || is === null) return [`  ${field}: ${valueText(before)} -> ${valueText(after)}`];
  // Of long lists only what is different is read.
  const gone = was.filter((name) => !is.includes(name));
  const came = is.filter((name) => !was.includes(name));
  if (gone.length + came.length === 0) return [`  ${field}: in another order`];
  return [
    ...(gone.length === 0 ? [] : [`  ${field}: no longer ${gone.join(", ")}`]),
    ...(came.length === 0 ? [] : [`  ${field}: now also ${came.join(", ")}`]),
  ];
}

/** The blocks or hosts of an aggregate, where there are several. */
function namesIn(value: unknown): readonly string[] | null {
  const names: unknown = typeof value === "object" && value !== null && "aggregate" in value ? value.aggregate : null;
  return Array.isArray(names) ? names.map(String) : null;
}

/** A limit as `exact 0xffffffff`, the rest as JSON. */
function valueText(value: unknown): string {
  if (value === undefined) return "-";
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null || !("kind" in value)) return JSON.stringify(value);
  const { kind, ...rest } = value;
  const candidates = "candidates" in rest && Array.isArray(rest.candidates) ? rest.candidates : null;
  const when = "when" in rest && Array.isArray(rest.when) ? rest.when : [];
  if (candidates !== null) {
    const each = candidates.map((one, index) => (when[index] === undefined ? String(one) : `${one} (${when[index]})`));
    return `${kind}: ${each.join(", ")}`;
  }
  const by = "setBy" in rest && rest.setBy !== "default" && rest.setBy !== "driver" ? ` by ${rest.setBy}` : "";
  return `${kind}${"value" in rest ? ` ${rest.value}` : ""}${by}`;
}
