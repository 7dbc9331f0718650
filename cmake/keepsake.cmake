# The two kinds of target that this project has: a layer (a library with its tests) and a program.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

option(KEEPSAKE_TESTS "Build the tests" ON)

find_package(Threads REQUIRED)
find_package(SQLite3 REQUIRED)
if(KEEPSAKE_TESTS)
  enable_testing()
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()

add_library(keepsake_options INTERFACE)
target_include_directories(keepsake_options INTERFACE ${CMAKE_SOURCE_DIR}/include ${CMAKE_SOURCE_DIR})
target_compile_options(keepsake_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
                                                  -Wno-sign-conversion -Werror)
target_link_libraries(keepsake_options INTERFACE Threads::Threads)

# keepsake_library(<folder> <name> [<layer or target>…])
# Makes keepsake_<name> (alias keepsake::<name>) of the folder's sources and, with tests on,
# keepsake_<name>_test of its *_test.cc. A folder without sources is passed over.
function(keepsake_library folder name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  if(NOT sources)
    return()
  endif()
  set(links "")
  foreach(dep IN LISTS ARGN)
    if(dep MATCHES "::")
      list(APPEND links ${dep})
    elseif(TARGET keepsake_${dep})
      list(APPEND links keepsake_${dep})
    endif()
  endforeach()
  add_library(keepsake_${name} STATIC ${sources})
  add_library(keepsake::${name} ALIAS keepsake_${name})
  target_link_libraries(keepsake_${name} PUBLIC keepsake_options ${links})
  if(KEEPSAKE_TESTS AND tests)
    keepsake_test(keepsake_${name}_test SOURCES ${tests} LINKS keepsake_${name})
  endif()
endfunction()

# keepsake_test(<target> SOURCES … LINKS …): a GoogleTest program, each test its own ctest entry.
function(keepsake_test target)
  cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${target} ${arg_SOURCES})
  target_link_libraries(${target} PRIVATE keepsake_options ${arg_LINKS} GTest::gtest GTest::gmock GTest::gtest_main)
  gtest_discover_tests(${target} DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 300)
endfunction()
