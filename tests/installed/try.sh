#!/usr/bin/env bash
# try.sh static|shared BUILD: installs Keepsake, moves it elsewhere, and builds and runs this
# folder's projects on it, with g++ and clang, by CMake and by pkg-config. BUILD: a build folder
# with static libraries; the shared ones are built beside it.
set -euo pipefail
kind=$1
build=$2
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$build/installed/$kind
compilers=(g++ clang++-19)
export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1

fail() {
  echo "installed.$kind: $*" >&2
  exit 1
}
# expect TEXT COMMAND…: the command succeeds and prints that.
expect() {
  local text=$1 out
  shift
  out=$("$@") || fail "$* failed"
  [[ $out == "$text" ]] || fail "$* printed '$out' and not '$text'"
}

if [[ $kind == shared ]]; then
  # Beside the other build folder, where ccache knows the objects again.
  build=$(dirname "$build")/shared
  cmake -S "$root" -B "$build" -G Ninja -DBUILD_SHARED_LIBS=ON -DKEEPSAKE_TESTS=OFF \
    -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER=g++ -DCMAKE_CXX_COMPILER_LAUNCHER=ccache
fi
cmake --build "$build" --target keepsake_package -- -j 2

rm -rf "$work"
mkdir -p "$work"
cmake --install "$build" --prefix "$work/first" >"$work/install.log"
mv "$work/first" "$work/moved"
moved=$work/moved
DESTDIR=$work/stage cmake --install "$build" --prefix /usr >"$work/stage.log"
[[ -f $work/stage/usr/lib/cmake/keepsake/keepsake-config.cmake ]] || fail "DESTDIR is not respected"

# Nothing that is installed may say where it was made, or first lay.
if grep -rlE "$root|$work/first" "$moved"; then
  fail "these files name a folder of this machine"
fi
expect "keepsake 0.1.0" "$moved/bin/keepsake" --version

if [[ $kind == shared ]]; then
  for library in "$moved"/lib/*.so; do
    # Names that are not ours, but for the mark of the version itself.
    others=$(nm -DC --defined-only "$library" |
      grep -vE '^[0-9a-f]+ [A-Za-z] ((vtable|typeinfo|typeinfo name|VTT) for |.*thunk to )?keepsake::') || true
    [[ -z $others ]] || fail "$library exports what is not keepsake's: $others"
    [[ $(nm -DC --defined-only "$library" | grep -c ' keepsake::parse_json\| keepsake::open') -gt 0 ]] ||
      fail "$library exports nothing"
    readelf -d "$library" | grep -q "SONAME.*\.so\.0\.1\]" || fail "$library has no SONAME of 0.1"
  done
fi

# by_cmake COMPILER PROJECT [OPTION…]: builds the project and goes to where its program is.
by_cmake() {
  local compiler=$1 project=$2 folder=$work/$2-$1
  shift 2
  cmake -S "$here/$project" -B "$folder" -G Ninja -DCMAKE_PREFIX_PATH="$moved" \
    -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER="$compiler" \
    -DCMAKE_CXX_COMPILER_LAUNCHER=ccache "$@" >"$folder.log" 2>&1 || fail "$(cat "$folder.log")"
  cmake --build "$folder" >>"$folder.log" || fail "$(cat "$folder.log")"
  cd "$folder"
}
for compiler in "${compilers[@]}"; do
  # Data alone finds nothing else, and a shared library nothing of what it stands on.
  alone=(-DCMAKE_DISABLE_FIND_PACKAGE_SQLite3=ON -DCMAKE_DISABLE_FIND_PACKAGE_zstd=ON)
  by_cmake "$compiler" data "${alone[@]}"
  expect "sword in 20 bytes" ./data
  [[ $kind == shared ]] || alone=()
  by_cmake "$compiler" game "${alone[@]}"
  expect "10 coins" ./game
  expect "20 coins" ./game
  [[ $(./game list --db heroes.db) == *Player_7* ]] || fail "game list does not show the profile"
  grep -q "Heroes: 1 version, .* are as published" ../game-"$compiler".log ||
    fail "the build did not check the schemas: $(cat "../game-$compiler.log")"
done

export PKG_CONFIG_PATH=$moved/lib/pkgconfig
# by_pkg_config PACKAGE PROJECT
by_pkg_config() {
  local compile link
  read -r -a compile <<<"$(pkg-config --cflags "$1")"
  read -r -a link <<<"$(pkg-config --libs "$1")"
  ccache g++ -std=c++20 "${compile[@]}" -c "$here/$2/main.cc" -o "$2.o"
  g++ "$2.o" "${link[@]}" -Wl,-rpath,"$moved/lib" -o "$2"
}
cd "$work"
by_pkg_config keepsake-datum data
expect "sword in 20 bytes" ./data
by_pkg_config keepsake game
expect "10 coins" ./game
