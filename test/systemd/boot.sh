#!/usr/bin/env bash
# Boots an unmodified systemd as PID 1 of its own namespaces. machine.ts runs this; do not run it by hand.
#
#   boot.sh start CGROUP SCRATCH TREE [BIND...]    joins CGROUP, then runs itself inside new namespaces as
#   boot.sh init         SCRATCH TREE [BIND...]    PID 1: prints its pid as the caller sees it, mounts, becomes systemd
#
# CGROUP and SCRATCH are empty folders, TREE the root file system to boot ('/' for this machine's own). TREE is never
# written to: everything the machine changes goes to a tmpfs that disappears with its mount namespace. Each BIND is a
# file or folder of the caller, shared with the machine at the same path.
set -euo pipefail
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

start() {
  local cgroup=$1
  shift
  # This comes before unshare: the root of a cgroup namespace is the cgroup of the process that makes it.
  echo $$ >"$cgroup/cgroup.procs"
  # Two links so that the machine cannot outlive its caller: caller -> unshare -> PID 1. `unshare` dies without a chance
  # to clean up, hence the second link, and PID 1 ignores SIGTERM, hence KILL.
  exec setpriv --pdeathsig KILL \
    unshare --mount --pid --net --ipc --uts --cgroup --fork --kill-child=KILL "$0" init "$@"
}

mount_tree() { # SCRATCH TREE
  mount -t tmpfs -o mode=755 readyd "$1"
  mkdir "$1/upper" "$1/work" "$1/root"
  mount -t overlay -o "lowerdir=$2,upperdir=$1/upper,workdir=$1/work" readyd "$1/root"
}

mount_kernel_interfaces() {
  mount -t proc proc proc
  # PID 1 raises limits like fs.nr_open at boot, and they belong to the host. The network's are the namespace's own, and
  # it has to be able to raise net.unix.max_dgram_qlen from 10 to 512.
  mount --bind proc/sys proc/sys
  mount -o remount,bind,ro proc/sys
  mount --bind proc/sys/net proc/sys/net
  mount -o remount,bind,rw proc/sys/net
  mount -t sysfs -o ro sysfs sys
  mount -t cgroup2 cgroup2 sys/fs/cgroup
}

# Not the host's /dev: journald puts a `log` link there. No kmsg: the kernel log belongs to the host.
mount_devices() {
  local node
  mount -t tmpfs -o mode=755 dev dev
  touch dev/{null,zero,full,random,urandom,tty}
  for node in null zero full random urandom tty; do mount --bind "/dev/$node" "dev/$node"; done
  ln -s pts/ptmx dev/ptmx # systemd itself mounts pts and shm
}

mount_empty_folders() {
  local folder
  mount -t tmpfs -o mode=755 run run
  for folder in tmp var/tmp; do mount -t tmpfs -o mode=1777 tmp "$folder"; done
  # The machine does not need the units, mounts and generators of this installation, and they take time.
  for folder in etc/systemd/system usr/lib/systemd/system-generators etc/systemd/system-generators etc/init.d \
    usr/lib/systemd/system/{sysinit,basic,local-fs,sockets,timers,graphical,multi-user}.target.wants var/log; do
    [ ! -d "$folder" ] || mount -t tmpfs -o mode=755 none "$folder"
  done
}

write_configuration() {
  mkdir -p run/lock run/systemd/system run/systemd/journald.conf.d
  : >etc/fstab
  echo readyd >etc/hostname
  tr -d - <proc/sys/kernel/random/uuid >etc/machine-id # an empty one would make this a first boot
  # The kernel log and auditing are left alone: both belong to the host. No rate limit: a burst under test must not be dropped by policy.
  cat >run/systemd/journald.conf.d/readyd.conf <<-END
		[Journal]
		Storage=volatile
		ReadKMsg=no
		Audit=
		RateLimitIntervalSec=0
		RateLimitBurst=0
	END
  ln -s /dev/null run/systemd/system/systemd-journald-audit.socket
  cat >run/systemd/system/readyd.target <<-END
		[Unit]
		Description=A machine under test
		Requires=basic.target
		Wants=systemd-journald.service systemd-journald.socket systemd-journald-dev-log.socket
		After=basic.target systemd-journald.service
	END
}

bind_from_caller() { # BIND...
  local path
  for path in "$@"; do
    if [ -d "$path" ]; then
      mkdir -p ".$path"
    else
      mkdir -p ".${path%/*}"
      [ -e ".$path" ] || : >".$path"
    fi
    mount --rbind "$path" ".$path"
  done
}

init() {
  local scratch=$1 tree=$2 pid
  shift 2
  read -r pid _ </proc/self/stat # /proc is still the caller's, and so is this number
  echo "$pid"
  exec >&2
  mount_tree "$scratch" "$tree"
  cd "$scratch/root"
  mount_kernel_interfaces
  mount_devices
  mount_empty_folders
  write_configuration
  bind_from_caller "$@"
  # pivot_root rather than chroot: nsenter then needs the mount namespace only, and none of the host's mounts are left
  mkdir run/caller
  pivot_root . run/caller
  cd /
  umount -l /run/caller
  rmdir /run/caller
  # As a container manager does: in a container PID 1 leaves it as it is, and systemd before 262 hands a unit its
  # credentials by a mount that has to propagate.
  mount --make-rshared /
  # `container` keeps PID 1 off the hardware, the clock and the kernel command line. It sets up `lo` by itself.
  exec env -i container=readyd PATH="$PATH" \
    /usr/lib/systemd/systemd --system --unit=readyd.target --show-status=false
}

"$@"
