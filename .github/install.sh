#!/usr/bin/env bash
# Fetches a released keydredge for this machine, holds it against its digest, and prints the program's path. It needs no
# token and no compiler, so that a pull request from a fork can use it.
#
#   KEYDREDGE_VERSION    the version, as 1.2.3; by default that of the checkout this script is in
#   KEYDREDGE_SHA256     the archive's digest; by default the one in the release's own SHA256SUMS
#   KEYDREDGE_RELEASES   where releases are: https://…/releases/download, or file://… for a mirror on disk
#   KEYDREDGE_FOLDER     where the program is put; by default a new folder
#   KEYDREDGE_ATTESTED   true: `gh attestation verify` has to hold, too (needs gh and GH_TOKEN)
set -euo pipefail

fail() {
    echo "keydredge was not installed: $1" >&2
    exit 2
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
version=${KEYDREDGE_VERSION:-$(sed -n 's/^version = "\(.*\)"$/\1/p' "$here/Cargo.toml" | head -n 1)}
version=${version#v}
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?$ ]] || fail "\`$version\` is no version (write 1.2.3)"
releases=${KEYDREDGE_RELEASES:-}
if [ -z "$releases" ]; then
    repository=${GITHUB_ACTION_REPOSITORY:-}
    [[ $repository =~ ^[A-Za-z0-9._-]+/[A-Za-z0-9._-]+$ ]] ||
        fail "it is not known whose releases to take; set KEYDREDGE_RELEASES, or build it (install: build)"
    releases=${GITHUB_SERVER_URL:-https://github.com}/$repository/releases/download
fi
case $releases in
    https://*) protocol='=https' ;;
    file://*) protocol='=file' ;;
    *) fail "releases are taken from https:// or file:// alone" ;;
esac

case $(uname -s) in
    Linux) system=unknown-linux-musl ending=tar.gz ;;
    Darwin) system=apple-darwin ending=tar.gz ;;
    MINGW* | MSYS* | CYGWIN*) system=pc-windows-msvc ending=zip ;;
    *) fail "there is no release for $(uname -s)" ;;
esac
case $(uname -m) in
    x86_64 | amd64) machine=x86_64 ;;
    aarch64 | arm64) machine=aarch64 ;;
    *) fail "there is no release for the processor $(uname -m)" ;;
esac
name=keydredge-v$version-$machine-$system
folder=${KEYDREDGE_FOLDER:-$(mktemp -d "${RUNNER_TEMP:-${TMPDIR:-/tmp}}/keydredge.XXXXXXXX")}

fetch() {
    curl --fail --silent --show-error --location --proto "$protocol" --retry 3 --max-time 300 \
        --output "$folder/$1" "$releases/v$version/$1" || fail "$releases/v$version/$1 cannot be fetched"
}

fetch "$name.$ending"
wanted=${KEYDREDGE_SHA256:-}
if [ -z "$wanted" ]; then
    fetch SHA256SUMS
    wanted=$(awk -v name="$name.$ending" '$2 == name { print $1 }' "$folder/SHA256SUMS")
fi
[[ $wanted =~ ^[0-9a-fA-F]{64}$ ]] || fail "there is no digest of $name.$ending"
if command -v sha256sum >/dev/null; then
    sum=$(sha256sum <"$folder/$name.$ending")
else
    sum=$(shasum -a 256 <"$folder/$name.$ending")
fi
[ "${sum%% *}" = "$(printf %s "$wanted" | tr 'A-F' 'a-f')" ] ||
    fail "the digest of $name.$ending is ${sum%% *}, and not $wanted"
if [ "${KEYDREDGE_ATTESTED:-false}" = true ]; then
    repository=${GITHUB_ACTION_REPOSITORY:?it is not known whose attestation is wanted}
    gh attestation verify "$folder/$name.$ending" --repo "$repository" >&2 || fail "its attestation does not hold"
fi
case $ending in
    zip) unzip -q -o "$folder/$name.zip" -d "$folder" && program=$folder/$name/keydredge.exe ;;
    *) tar -xzf "$folder/$name.$ending" -C "$folder" && program=$folder/$name/keydredge ;;
esac
[ "$("$program" --version)" = "keydredge $version" ] || fail "$name.$ending holds another version"
printf '%s\n' "$program"
