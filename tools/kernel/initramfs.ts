import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { busyboxOf } from "./busybox.js";
import type { GuestKernel } from "./kernels.js";
import { moduleWithDependencies } from "./modules.js";
import { type ArchiveEntry, newcArchive } from "./newc.js";

/** Names of the shares of the host, as QEMU and {@link INIT} know them. */
export const SHARES = { root: "host", job: "job", out: "out" } as const;

/** A guest's folders, after {@link INIT} has set them up. */
export const GUEST_FOLDERS = { job: "/run/job", out: "/run/out", busybox: "/run/busybox" } as const;

/** What the console shows for the exit status of the job, and for a guest that did not get that far. */
export const EXIT_LINE = "GUEST-EXIT";
export const FAILED_LINE = "GUEST-FAILED";

/**
 * The first program of a guest. It mounts the host's folders, runs `job/run.sh` in the shared root with its standard output in `out/stdout`, says the exit status on the
 * console and switches off. Only /run, /dev/shm and /run/out can be written to.
 */
const INIT = `#!/bin/busybox sh
B=/bin/busybox
fail() { echo "${FAILED_LINE} $1"; $B poweroff -f; }
share() { $B mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,$3 $1 $2 || fail "mounting $1"; }
$B mount -t proc proc /proc
$B mount -t sysfs sysfs /sys
$B mount -t devtmpfs dev /dev
for module in /modules/*.ko; do
  [ ! -e $module ] || $B insmod $module || fail "loading $module"
done
share ${SHARES.root} /host ro,cache=loose
for folder in proc sys dev; do $B mount --move /$folder /host/$folder || fail "moving /$folder"; done
$B mkdir -p /host/dev/shm
$B mount -t tmpfs shm /host/dev/shm
$B mount -t tmpfs run /host/run || fail "mounting /run"
$B mkdir /host${GUEST_FOLDERS.job} /host${GUEST_FOLDERS.out}
$B cp /bin/busybox /host${GUEST_FOLDERS.busybox}
share ${SHARES.job} /host${GUEST_FOLDERS.job} ro,cache=loose
share ${SHARES.out} /host${GUEST_FOLDERS.out} cache=none
$B mount -t debugfs debug /host/sys/kernel/debug
$B mount -t tracefs tracing /host/sys/kernel/tracing
$B chroot /host ${GUEST_FOLDERS.busybox} sh ${GUEST_FOLDERS.job}/run.sh > /host${GUEST_FOLDERS.out}/stdout
echo "${EXIT_LINE} $?"
$B sync
$B poweroff -f
`;

/** The first root of a guest: busybox, the modules that reach the host's folders, and {@link INIT}. Compressed. */
export function initramfs(kernel: GuestKernel): Uint8Array {
  const entries: ArchiveEntry[] = ["bin", "dev", "host", "modules", "proc", "sys"].map((path) => ({
    path,
    contents: null,
  }));
  entries.push({ path: "bin/busybox", contents: readFileSync(busyboxOf(kernel.architecture)), executable: true });
  entries.push({ path: "init", contents: Buffer.from(INIT), executable: true });
  const names = new Set<string>();
  for (const wanted of ["virtio_pci", "9pnet_virtio", "9p"]) {
    for (const { name, bytes } of moduleWithDependencies(kernel, wanted)) {
      if (names.has(name)) continue;
      const place = String(names.size).padStart(2, "0");
      names.add(name);
      entries.push({ path: `modules/${place}-${name}.ko`, contents: bytes });
    }
  }
  return gzipSync(newcArchive(entries), { level: 1 });
}
