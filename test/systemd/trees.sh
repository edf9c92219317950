#!/usr/bin/env bash
# Root file systems with other systemd versions than this machine's, for the tests in this folder.
#
#   trees.sh SUITE...      e.g. `trees.sh trixie sid`; prints the folder of each tree, making what is not there yet
#
# Needs root, debootstrap and the Debian archive keyring. The trees are caches: any of them may be deleted at any time.
set -euo pipefail

trees=${READYD_TREES:-${XDG_CACHE_HOME:-$HOME/.cache}/readyd/trees}
list=etc/readyd-packages
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# dbus for busctl and systemd-run; the two libraries are what a Node binary may want beyond libc. One tree has podman with
# Quadlet, which is newer than the podman of Debian 12, and doubles the size of the tree; curl asks there as the docs do.
packages_of() { # SUITE
  local packages=systemd,systemd-sysv,dbus,libstdc++6,libatomic1
  [ "$1" != trixie ] || packages+=,podman,crun,curl
  echo "$packages"
}

fail() {
  echo "trees.sh: $*" >&2
  exit 1
}

# The archive that apt itself is set up with, so that a private mirror or a proxy is honoured without being named here.
# A security archive carries no complete suite. `mirror+file:` is apt's own indirection: the file lists the addresses.
mirrors() {
  # shellcheck disable=SC2016 # $(…) is apt's own placeholder
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | sort -u | while read -r uri; do
    case $uri in
      *security*) ;;
      mirror+file:*) awk '/^[a-z]+:/ { print $1 }' "${uri#mirror+file:}" ;;
      http:* | https:* | file:*) echo "$uri" ;;
    esac
  done
}

use_proxy_of_apt() {
  local proxy=
  eval "$(apt-config shell proxy Acquire::http::Proxy)"
  [ -z "$proxy" ] || [ "$proxy" = DIRECT ] || export http_proxy="$proxy" https_proxy="$proxy"
}

has_suite() { # MIRROR SUITE
  wget -q --spider --timeout=20 --tries=2 "${1%/}/dists/$2/Release"
}

mirror_with() { # SUITE
  local uri
  for uri in $(mirrors); do
    case $uri in
      file:*) [ -e "${uri#file:}/dists/$1/Release" ] || continue ;;
      *) has_suite "$uri" "$1" || continue ;;
    esac
    echo "$uri"
    return
  done
  fail "no source that apt is set up with carries '$1'; looked at: $(mirrors | tr '\n' ' ')"
}

# The tests run this machine's node inside the tree. If a library is missing, this says so before any test runs.
check_node() { # TREE
  local node
  node=$(command -v node) || return 0
  # shellcheck disable=SC2016 # expanded by the inner shell
  unshare --mount bash -c 'touch "$1/tmp/node" && mount --bind "$2" "$1/tmp/node" && chroot "$1" /usr/bin/env -i /tmp/node -p 0 >/dev/null' \
    - "$1" "$(readlink -f "$node")" || fail "$node does not run inside $1"
  rm -f "$1/tmp/node"
}

# A tree records its list of packages, and a tree with an older list is made again.
is_made() { # SUITE
  [ -e "$trees/$1/usr/lib/systemd/systemd" ] && [ "$(cat "$trees/$1/$list" 2>/dev/null)" = "$(packages_of "$1")" ]
}

make_tree() { # SUITE
  local suite=$1 mirror
  work=$(mktemp -d "$trees/.$suite.XXXXXX")
  mirror=$(mirror_with "$suite")
  # Without --force-check-gpg, debootstrap continues unverified if the keyring is missing.
  debootstrap --variant=minbase --include="$(packages_of "$suite")" --keyring="$keyring" --force-check-gpg \
    "$suite" "$work/tree" "$mirror" >"$work/log" 2>&1 || {
    tail -n 20 "$work/log" >&2
    fail "debootstrap of $suite failed"
  }
  rm -rf "$work/tree/var/cache/apt/archives" "$work/tree/var/lib/apt/lists"
  # Sockets of gpg, which comes with podman, in each user's manager.
  rm -rf "$work/tree/etc/systemd/user/sockets.target.wants"
  check_node "$work/tree"
  packages_of "$suite" >"$work/tree/$list"
  # The rename is what publishes the tree: an interrupted run leaves none. A second run drops its own copy.
  is_made "$suite" || mv -T "$trees/$suite" "$work/older" 2>/dev/null || true
  mv -T "$work/tree" "$trees/$suite" 2>/dev/null || is_made "$suite" || fail "cannot move the tree to $trees/$suite"
}

work=
trap '[ -z "$work" ] || rm -rf --one-file-system "$work"' EXIT
trap 'exit 130' INT TERM

[ $# -gt 0 ] || fail 'usage: trees.sh SUITE...'
[ "$(id -u)" = 0 ] || fail 'debootstrap needs root'
command -v debootstrap >/dev/null || fail 'debootstrap is not installed (apt-get install debootstrap)'
[ -e "$keyring" ] || fail "$keyring is missing (apt-get install debian-archive-keyring)"
mkdir -p "$trees"
use_proxy_of_apt
for suite in "$@"; do
  is_made "$suite" || make_tree "$suite"
  rm -rf --one-file-system ${work:+"$work"}
  work=
  echo "$trees/$suite"
done
