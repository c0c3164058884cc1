/** The part of package-lock.json that is read here. Keys are paths: `node_modules/a/node_modules/b`. */
export interface Lockfile {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

/** One entry of the lock file. */
export interface LockedPackage {
  readonly engines?: { readonly node?: string };
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** An optional dependency that no entry answers. `parent` is the path of the entry that asks. */
export interface MissingOptional {
  readonly name: string;
  readonly version: string;
  readonly parent: string;
}

/** Optional dependencies without an entry where Node would look for them. */
export function missingOptionals(lock: Lockfile): MissingOptional[] {
  return Object.entries(lock.packages).flatMap(([parent, entry]) =>
    Object.entries(entry.optionalDependencies ?? {})
      .filter(([name]) => !isFound(lock, parent, name))
      .map(([name, version]) => ({ name, version, parent })),
  );
}

function isFound(lock: Lockfile, parent: string, name: string): boolean {
  for (let path = parent; ; path = path.slice(0, Math.max(0, path.lastIndexOf("node_modules/") - 1))) {
    if (`${path === "" ? "" : `${path}/`}node_modules/${name}` in lock.packages) return true;
    if (path === "") return false;
  }
}
