#!/bin/sh
# Packs what coalloc wants to know of this machine into a tarball that every command takes as MACHINE:
#
#     sh coalloc-collect.sh [FILE.tar.gz | FILE.tar | -]       default: coalloc-machine.tar.gz
#
# For boards without Node; busybox will do. Nothing is changed. As root it sees more: addresses in /proc/iomem, CMA areas in debugfs.
# Left out: serial numbers, hardware addresses, seeds. What the files are: src/machine/live/layout.ts; src/linux/live/ reads the same.
# COALLOC_ROOT names a folder that stands for /, for tests.

set -u
umask 077
LC_ALL=C
export LC_ALL

target=${1:-coalloc-machine.tar.gz}
case $target in
-h | --help)
	sed -n '2,/^$/s/^# \{0,1\}//p' "$0"
	exit 0
	;;
esac
root=
if [ -n "${COALLOC_ROOT:-}" ]; then
	root=$(cd -P "$COALLOC_ROOT" && pwd -P) || exit 1
fi
if [ ! -r "$root/proc/meminfo" ]; then
	echo "coalloc-collect: there is no /proc/meminfo; this is no Linux, or /proc is not mounted" >&2
	exit 4
fi
out=${TMPDIR:-/tmp}/coalloc-collect.$$
mkdir "$out" || exit 1
trap 'rm -rf "$out"' EXIT
trap 'exit 1' HUP INT TERM

# Reads a file of the machine to the same path below $out; what cannot be read leaves nothing.
take() {
	[ -f "$root/$1" ] && [ -r "$root/$1" ] || return 0
	[ -d "$out/${1%/*}" ] || mkdir -p "$out/${1%/*}"
	cat "$root/$1" >"$out/$1" 2>/dev/null || rm -f "$out/$1"
}

# Prints where a folder really is, from the machine's root on.
where() {
	path=$(cd -P "$root/$1" 2>/dev/null && pwd -P) || return 1
	printf '%s\n' "${path#"$root"}"
}

# Drops words that hold serial numbers; hardware addresses elsewhere become zeros.
without_private_words() {
	awk '{
		line = ""
		for (i = 1; i <= NF; i++) {
			word = $i
			if (tolower(word) ~ /^[a-z0-9_.-]*(serial(no|_?number)|mac_?addr(ess)?|ethaddr|bdaddr|machine_id)=/) continue
			h = "[0-9a-fA-F][0-9a-fA-F]"
			gsub(h ":" h ":" h ":" h ":" h ":" h, "00:00:00:00:00:00", word)
			line = line (line == "" ? "" : " ") word
		}
		print line
	}'
}

# The device tree, without what is private.
if [ -f "$root/proc/device-tree/compatible" ]; then
	mkdir "$out/tree"
	cp -R "$root/proc/device-tree/." "$out/tree" 2>/dev/null
	chmod -R u+rwX "$out/tree"
	find "$out/tree" -type f \( -name serial-number -o -name serial-no -o -name '*serialno' \
		-o -name mac-address -o -name local-mac-address -o -name bd-address -o -name local-bd-address \
		-o -name kaslr-seed -o -name rng-seed \) -exec rm -f {} \;
	if [ -f "$out/tree/chosen/bootargs" ]; then
		words=$(tr -d '\000' <"$out/tree/chosen/bootargs" | without_private_words)
		printf '%s\000' "$words" >"$out/tree/chosen/bootargs"
	fi
fi

# The kernel.
for file in iomem meminfo zoneinfo version sys/kernel/arch; do
	take "proc/$file"
done
mkdir -p "$out/proc/sys/kernel"
[ -f "$out/proc/sys/kernel/arch" ] || [ -n "$root" ] || uname -m >"$out/proc/sys/kernel/arch"
[ -r "$root/proc/cmdline" ] && without_private_words <"$root/proc/cmdline" >"$out/proc/cmdline"
if [ -r "$root/proc/config.gz" ]; then
	cat "$root/proc/config.gz" >"$out/config.gz"
elif [ -r "$root/proc/version" ]; then
	release=$(awk '{ print $3; exit }' "$root/proc/version")
	[ -r "$root/boot/config-$release" ] && cat "$root/boot/config-$release" >"$out/config"
fi

# Devices, each under the one path that sysfs keeps for it. A link becomes a file that holds the path it leads to.
for found in "$root"/sys/bus/pci/devices/* "$root"/sys/bus/platform/devices/* \
	"$root"/sys/class/drm/* "$root"/sys/class/video4linux/* "$root"/sys/class/iommu/*; do
	[ -d "$found" ] || continue
	device=$(where "${found#"$root"/}") || continue
	device=${device#/}
	case $device in sys/devices/*) ;; *) continue ;; esac
	for entry in class consistent_dma_mask_bits device dma_mask_bits driver intel-iommu/cap iommu iommu_group name \
		numa_node of_node subsystem uevent vendor; do
		if [ -L "$root/$device/$entry" ]; then
			link=$(where "$device/$entry") || continue
			[ -d "$out/$device" ] || mkdir -p "$out/$device"
			printf '%s' "$link" >"$out/$device/$entry"
		else
			take "$device/$entry"
		fi
	done
done
for group in "$root"/sys/kernel/iommu_groups/*; do
	take "${group#"$root"/}/type"
	take "${group#"$root"/}/reserved_regions"
done
for area in "$root"/sys/kernel/debug/cma/*; do
	take "${area#"$root"/}/base_pfn"
	take "${area#"$root"/}/count"
done
for parameter in udmabuf/parameters/list_limit udmabuf/parameters/size_limit_mb vivid/parameters/allocators \
	vivid/parameters/n_devs; do
	take "sys/module/$parameter"
done
take sys/class/dmi/id/product_name
take sys/class/dmi/id/sys_vendor

# Nodes: mode, owner and group.
for node in "$root"/dev/dma_heap/* "$root"/dev/dri/* "$root"/dev/udmabuf "$root"/dev/video* "$root"/dev/vfio/*; do
	[ -c "$node" ] || continue
	mkdir -p "$out/dev/dma_heap" "$out/dev/dri" "$out/dev/vfio"
	ls -dln "$node" | awk '{ print substr($1, 1, 10), $3, $4 }' >"$out/${node#"$root"/}"
done

case $target in
-) (cd "$out" && tar -cf - .) ;;
*.gz | *.tgz) (cd "$out" && tar -cf - .) | gzip >"$target" ;;
*) (cd "$out" && tar -cf - .) >"$target" ;;
esac || exit 1
[ "$target" = - ] || echo "coalloc-collect: wrote $target; give it to coalloc as MACHINE" >&2
