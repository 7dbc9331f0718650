# The kinds of target that this project has: a layer (a library with its tests), a program, a test.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g")

option(KEEPSAKE_TESTS "Build the tests" ON)
option(KEEPSAKE_CONSUMER "Build tests/consumer" OFF)
set(KEEPSAKE_SANITIZE "" CACHE STRING "Empty, address (with undefined), fuzz (address with coverage), or thread")

find_package(Threads REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(PostgreSQL REQUIRED)
# Debian's libzstd-dev brings targets of both kinds; ours is the shared one.
find_package(zstd REQUIRED)
if(NOT TARGET zstd::zstd)
  add_library(zstd::zstd INTERFACE IMPORTED GLOBAL)
  target_link_libraries(zstd::zstd INTERFACE zstd::libzstd_shared)
endif()
if(KEEPSAKE_TESTS)
  enable_testing()
  find_package(GTest REQUIRED)
  find_package(rapidcheck REQUIRED)
  include(GoogleTest)
  # The server of the tests whose names say postgres, for as long as they run. No power fails in
  # them: a checkpoint needn't wait for the disk to have the tables of each.
  add_test(NAME postgres.start COMMAND ${CMAKE_SOURCE_DIR}/script/postgres start
                                       ${CMAKE_BINARY_DIR}/postgres fsync=off)
  add_test(NAME postgres.stop
           COMMAND ${CMAKE_SOURCE_DIR}/script/postgres stop ${CMAKE_BINARY_DIR}/postgres)
  set_tests_properties(postgres.start postgres.stop PROPERTIES LABELS unit TIMEOUT 120)
  set_tests_properties(postgres.start PROPERTIES FIXTURES_SETUP postgres_server)
  set_tests_properties(postgres.stop PROPERTIES FIXTURES_CLEANUP postgres_server)
  # Every test whose layer or name says THREADS; the tsan preset builds just these.
  add_custom_target(keepsake_thread_tests)
  add_custom_target(keepsake_tests)
endif()
# Every program of apps/; script/build makes just these.
add_custom_target(keepsake_programs)

# Unoptimised with ASan, since g++ and clang both take thrice the time to optimise its checks.
if(KEEPSAKE_SANITIZE STREQUAL "address")
  set(sanitize -fsanitize=address,undefined -fno-sanitize-recover=all -O0)
elseif(KEEPSAKE_SANITIZE STREQUAL "fuzz")
  set(sanitize -fsanitize=address,undefined -fno-sanitize-recover=all -O1)
  add_compile_options(-fsanitize=fuzzer-no-link)
elseif(KEEPSAKE_SANITIZE STREQUAL "thread")
  set(sanitize -fsanitize=thread -O1)
elseif(KEEPSAKE_SANITIZE)
  message(FATAL_ERROR "KEEPSAKE_SANITIZE is '${KEEPSAKE_SANITIZE}'; it may be address, fuzz or thread")
endif()
if(KEEPSAKE_SANITIZE)
  add_compile_options(${sanitize} -fno-omit-frame-pointer -g1)
  add_link_options(${sanitize})
endif()

# What our own sources are compiled with; it does not reach those who link a layer.
add_library(keepsake_options INTERFACE)
target_include_directories(keepsake_options INTERFACE ${CMAKE_SOURCE_DIR}/include ${CMAKE_SOURCE_DIR})
target_compile_options(keepsake_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
                                                  -Wno-sign-conversion
                                                  -Wno-missing-field-initializers)
if(NOT KEEPSAKE_SANITIZE)
  target_compile_options(keepsake_options INTERFACE -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports moves of a variant in an optional that are sound; the sanitizers'
  # runs and clang's analysis watch for the real thing.
  # And that a type of an unnamed namespace is in a header, where files are compiled together.
  target_compile_options(keepsake_options INTERFACE -Wno-maybe-uninitialized -Wno-subobject-linkage)
endif()
target_link_libraries(keepsake_options INTERFACE Threads::Threads)

# Turns layer names into link items; a layer that CMakeLists.txt does not have links as nothing.
function(keepsake_links out)
  set(links "")
  foreach(dep IN LISTS ARGN)
    if(dep MATCHES "::")
      list(APPEND links ${dep})
    else()
      list(APPEND links $<TARGET_NAME_IF_EXISTS:keepsake_${dep}>)
    endif()
  endforeach()
  set(${out} "${links}" PARENT_SCOPE)
endfunction()

# keepsake_library(<folder> <name> [<layer or target>…] [THREADS] [TESTS <layer or target>…])
# Makes keepsake_<name> (alias keepsake::<name>) of the folder's sources and, with tests on,
# keepsake_<name>_test of its *_test.cc. A folder of headers alone gives an interface library.
# THREADS: the tests also run under ThreadSanitizer. TESTS: what the tests alone stand on.
function(keepsake_library folder name)
  cmake_parse_arguments(arg "THREADS" "" "TESTS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  keepsake_links(links ${arg_UNPARSED_ARGUMENTS})
  if(sources)
    add_library(keepsake_${name} STATIC ${sources})
    target_include_directories(keepsake_${name} PUBLIC ${CMAKE_SOURCE_DIR}/include)
    target_link_libraries(keepsake_${name} PUBLIC Threads::Threads ${links} PRIVATE keepsake_options)
  else()
    add_library(keepsake_${name} INTERFACE)
    target_include_directories(keepsake_${name} INTERFACE ${CMAKE_SOURCE_DIR}/include)
    target_link_libraries(keepsake_${name} INTERFACE Threads::Threads ${links})
  endif()
  add_library(keepsake::${name} ALIAS keepsake_${name})
  if(KEEPSAKE_TESTS AND tests)
    keepsake_links(test_links ${arg_TESTS})
    set(threads "")
    if(arg_THREADS)
      set(threads THREADS)
    endif()
    keepsake_test(keepsake_${name}_test ${threads} SOURCES ${tests}
                  LINKS keepsake_${name} ${test_links})
  endif()
endfunction()

# keepsake_test(<target> [THREADS] [PROCESSES] SOURCES … LINKS …): a GoogleTest program, each test its
# own ctest entry, run with the source folder as working directory ("src/datum/testdata/…" opens).
# Under a sanitizer, where each start costs more than most tests do, a program of unit tests is one.
# PROCESSES: it starts programs that mostly wait, so ctest begins with it, and one of each kind
# (torture, those on PostgreSQL, others) runs beside what else there is. ctest runs the properties
# with one seed, so that it always says the same; a test program by itself takes a new one each time
# and prints it.
function(keepsake_test target)
  cmake_parse_arguments(arg "THREADS;PROCESSES" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${target} ${arg_SOURCES})
  target_link_libraries(${target} PRIVATE keepsake_options ${arg_LINKS} GTest::gtest GTest::gmock
                                          GTest::gtest_main rapidcheck)
  target_compile_options(${target} PRIVATE -O0)  # what it tests is optimised; itself need not be
  add_dependencies(keepsake_tests ${target})
  # One label of several words, since the tests' discovery takes no list: -L looks for a part of it.
  set(label unit)
  set(order "")
  if(arg_PROCESSES)
    set(label process)
    set(kind other)
    if(target MATCHES "torture|postgres")
      set(kind ${CMAKE_MATCH_0})
    endif()
    set(order COST 1000 RESOURCE_LOCK ${kind}_processes)
  endif()
  if(arg_THREADS)
    set(label ${label}_threads)
    add_dependencies(keepsake_thread_tests ${target})
  endif()
  set(fixtures "")
  if(target MATCHES "postgres")
    set(fixtures FIXTURES_REQUIRED postgres_server)
    target_compile_definitions(${target}
                               PRIVATE KEEPSAKE_TEST_CLUSTER="${CMAKE_BINARY_DIR}/postgres")
  endif()
  set(rounds 500)
  if(KEEPSAKE_SANITIZE)
    set(rounds 100)
  endif()
  set(properties LABELS ${label} ${order} ${fixtures}
                 ENVIRONMENT "RC_PARAMS=seed=2718281828 max_success=${rounds}")
  if(KEEPSAKE_SANITIZE AND NOT arg_PROCESSES)
    add_test(NAME ${target} COMMAND ${target} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(${target} PROPERTIES TIMEOUT 900 ${properties})
    return()
  endif()
  # The tests are found before each run, not at link time, so that a program that can't start is
  # one failed test and no failed build.
  gtest_discover_tests(${target} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
                       WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
                       PROPERTIES TIMEOUT 300 ${properties})
endfunction()

# All layers, for what stands on top: programs and cross-cutting tests.
set(KEEPSAKE_TOP torture demo cli open testing player store session datum compress sqlite postgres memory os base example_player
    example_second_game example_adding_a_field)

# keepsake_programs(): apps/x.cc, or apps/x/main.cc with its neighbours, becomes <build>/x.
# The neighbours' *_test.cc become keepsake_app_x_test.
function(keepsake_programs)
  keepsake_links(links ${KEEPSAKE_TOP})
  file(GLOB mains CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/apps/*.cc ${CMAKE_SOURCE_DIR}/apps/*/main.cc)
  foreach(main IN LISTS mains)
    get_filename_component(name ${main} NAME_WE)
    set(parts "")
    if(name STREQUAL "keepsake-sim")
      continue()  # keepsake_simulator makes it, of its own build of the layers
    endif()
    if(name STREQUAL "main")
      get_filename_component(folder ${main} DIRECTORY)
      get_filename_component(name ${folder} NAME)
      file(GLOB neighbours CONFIGURE_DEPENDS ${folder}/*.cc)
      list(REMOVE_ITEM neighbours ${main})
      set(tests ${neighbours})
      list(FILTER neighbours EXCLUDE REGEX "_test\\.cc$")
      list(FILTER tests INCLUDE REGEX "_test\\.cc$")
      if(neighbours)
        add_library(keepsake_app_${name} STATIC ${neighbours})
        target_link_libraries(keepsake_app_${name} PUBLIC ${links} PRIVATE keepsake_options)
        set(parts keepsake_app_${name})
      endif()
      if(KEEPSAKE_TESTS AND tests)
        keepsake_test(keepsake_app_${name}_test SOURCES ${tests} LINKS ${parts} ${links})
      endif()
    endif()
    string(MAKE_C_IDENTIFIER ${name} id)
    add_executable(keepsake_program_${id} ${main})
    target_link_libraries(keepsake_program_${id} PRIVATE keepsake_options ${parts} ${links})
    set_target_properties(keepsake_program_${id} PROPERTIES OUTPUT_NAME ${name}
                          RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
    add_dependencies(keepsake_programs keepsake_program_${id})
  endforeach()
endfunction()

# keepsake_simulator(): the layers that ownership and journal are made of, built once more with the
# plants in them (src/plant/plant.h), the simulator on top, and its program, keepsake-sim.
function(keepsake_simulator)
  set(planted "")
  foreach(folder src/plant src/backend src/session src/store src/player src/testing backends/memory)
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.cc)
    list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
    list(APPEND planted ${sources})
  endforeach()
  keepsake_links(links datum compress os base)
  add_library(keepsake_planted STATIC ${planted})
  target_compile_definitions(keepsake_planted PRIVATE KEEPSAKE_PLANTS)
  target_include_directories(keepsake_planted PUBLIC ${CMAKE_SOURCE_DIR}/include)
  target_link_libraries(keepsake_planted PUBLIC Threads::Threads ${links} PRIVATE keepsake_options)
  keepsake_library(sim sim planted)
  keepsake_library(sim/program sim_program sim)
  add_executable(keepsake_program_keepsake_sim ${CMAKE_SOURCE_DIR}/apps/keepsake-sim.cc)
  target_link_libraries(keepsake_program_keepsake_sim PRIVATE keepsake_options keepsake_sim_program)
  set_target_properties(keepsake_program_keepsake_sim PROPERTIES OUTPUT_NAME keepsake-sim
                        RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
  add_dependencies(keepsake_programs keepsake_program_keepsake_sim)
  if(KEEPSAKE_TESTS)
    keepsake_replay()
  endif()
endfunction()

# keepsake_replay(): the simulator's scenarios on PostgreSQL, whose backend stands on the planted
# layers then, so that the replay is seen to find bugs, too.
function(keepsake_replay)
  file(GLOB postgres CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/backends/postgres/*.cc)
  list(FILTER postgres EXCLUDE REGEX "_test\\.cc$")
  add_library(keepsake_planted_postgres STATIC ${postgres})
  target_link_libraries(keepsake_planted_postgres PUBLIC keepsake_planted PostgreSQL::PostgreSQL
                                                  PRIVATE keepsake_options)
  file(GLOB tests CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/sim/replay/*_test.cc)
  keepsake_test(keepsake_sim_replay_postgres_test SOURCES ${tests}
                LINKS keepsake_sim keepsake_planted_postgres)
endfunction()

# keepsake_examples(): examples/x.cc becomes <build>/examples/x, built with the tests.
function(keepsake_examples)
  add_custom_target(keepsake_example_programs)
  keepsake_links(links ${KEEPSAKE_TOP})
  file(GLOB mains CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/examples/*.cc)
  foreach(main IN LISTS mains)
    get_filename_component(name ${main} NAME_WE)
    add_executable(keepsake_example_program_${name} ${main})
    target_link_libraries(keepsake_example_program_${name} PRIVATE keepsake_options ${links})
    set_target_properties(keepsake_example_program_${name} PROPERTIES OUTPUT_NAME ${name}
                          RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/examples)
    add_dependencies(keepsake_example_programs keepsake_example_program_${name})
  endforeach()
  if(KEEPSAKE_TESTS)
    add_dependencies(keepsake_tests keepsake_example_programs)
  endif()
endfunction()

# keepsake_fuzzers(): fuzz/x_fuzz.cc becomes <build>/fuzz/x_fuzz (libFuzzer, so with clang) and a test
# of a short run, always the same, that begins with fuzz/corpus/x. The fuzz preset measures what of
# the code each input reaches, so that script/fuzz can look for longer.
function(keepsake_fuzzers)
  keepsake_links(links session compress datum base)
  file(GLOB mains CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/fuzz/*_fuzz.cc)
  add_custom_target(keepsake_fuzzers)
  foreach(main IN LISTS mains)
    get_filename_component(name ${main} NAME_WE)
    add_executable(keepsake_${name} ${main})
    target_link_libraries(keepsake_${name} PRIVATE keepsake_options ${links})
    target_link_options(keepsake_${name} PRIVATE -fsanitize=fuzzer)
    set_target_properties(keepsake_${name} PROPERTIES OUTPUT_NAME ${name}
                          RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
    add_dependencies(keepsake_fuzzers keepsake_${name})
    add_dependencies(keepsake_tests keepsake_${name})
    string(REGEX REPLACE "_fuzz$" "" corpus ${name})
    file(GLOB seeds CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/fuzz/corpus/${corpus}/*)
    list(JOIN seeds "," seeds)
    add_test(NAME fuzz.${name}
             COMMAND keepsake_${name} -runs=20000 -seed=1 -seed_inputs=${seeds})
    set_tests_properties(fuzz.${name} PROPERTIES LABELS unit TIMEOUT 120)
  endforeach()
endfunction()

# keepsake_benchmark_peers(OUT NAME): the libraries that the benchmark NAME compares with; "missing"
# where one of them is.
function(keepsake_benchmark_peers out name)
  set(${out} "" PARENT_SCOPE)
  if(NOT name STREQUAL "datum")
    return()
  endif()
  find_package(simdjson QUIET)
  find_package(nlohmann_json QUIET)
  find_path(KEEPSAKE_RAPIDJSON rapidjson/writer.h)
  find_library(KEEPSAKE_LIBCBOR cbor)
  if(simdjson_FOUND AND nlohmann_json_FOUND AND KEEPSAKE_RAPIDJSON AND KEEPSAKE_LIBCBOR)
    set(${out} simdjson::simdjson nlohmann_json::nlohmann_json ${KEEPSAKE_LIBCBOR} PARENT_SCOPE)
  else()
    set(${out} missing PARENT_SCOPE)
  endif()
endfunction()

# keepsake_benchmarks(): bench/x_bench.cc becomes <build>/bench/x_bench, where Google Benchmark is.
# Those of bench/*.cc that are no benchmark belong to all of them, bench/x/*.cc to x alone.
function(keepsake_benchmarks)
  find_package(benchmark QUIET)
  if(NOT benchmark_FOUND)
    message(STATUS "No benchmarks: libbenchmark-dev is missing")
    return()
  endif()
  add_custom_target(keepsake_bench)
  keepsake_links(links ${KEEPSAKE_TOP})
  file(GLOB helpers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/bench/*.cc)
  set(mains ${helpers})
  list(FILTER mains INCLUDE REGEX "_bench\\.cc$")
  list(FILTER helpers EXCLUDE REGEX "_bench\\.cc$")
  foreach(main IN LISTS mains)
    get_filename_component(name ${main} NAME_WE)
    string(REGEX REPLACE "_bench$" "" subject ${name})
    file(GLOB own CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/bench/${subject}/*.cc)
    keepsake_benchmark_peers(peers ${subject})
    if(peers STREQUAL "missing")
      message(STATUS "No ${name}: what it compares with is missing (script/packages.txt)")
      continue()
    endif()
    add_executable(keepsake_${name} ${main} ${own} ${helpers})
    target_link_libraries(keepsake_${name} PRIVATE keepsake_options ${links} SQLite::SQLite3
                                                   benchmark::benchmark ${peers})
    set_target_properties(keepsake_${name} PROPERTIES OUTPUT_NAME ${name}
                          RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bench)
    add_dependencies(keepsake_bench keepsake_${name})
  endforeach()
endfunction()

# keepsake_process_tests(): tests/x_test.cc becomes keepsake_tests_x_test, linked to everything and built
# after the programs, which it finds by tests/programs.h. "threads" in the name: also under tsan.
function(keepsake_process_tests)
  keepsake_links(links ${KEEPSAKE_TOP})
  file(GLOB tests CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/*_test.cc)
  file(GLOB helpers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/*.cc)
  list(FILTER helpers EXCLUDE REGEX "_test\\.cc$")
  if(NOT tests)
    return()
  endif()
  set(helper_library "")
  if(helpers)
    add_library(keepsake_tests_helpers STATIC ${helpers})
    target_link_libraries(keepsake_tests_helpers PUBLIC ${links} PRIVATE keepsake_options GTest::gtest)
    set(helper_library keepsake_tests_helpers)
  endif()
  foreach(test IN LISTS tests)
    get_filename_component(name ${test} NAME_WE)
    set(threads "")
    if(name MATCHES "threads")
      set(threads THREADS)
    endif()
    keepsake_test(keepsake_tests_${name} PROCESSES ${threads} SOURCES ${test}
                  LINKS ${helper_library} ${links} SQLite::SQLite3 cbor)
    add_dependencies(keepsake_tests_${name} keepsake_programs
                     keepsake_example_programs)
  endforeach()
endfunction()

# keepsake_compile_fail_tests(): each tests/compile_fail/x.cc must compile as it stands, and must
# not with -DBAD, for the reason that its line "// expect: …" gives.
function(keepsake_compile_fail_tests)
  file(GLOB cases CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/compile_fail/*.cc)
  foreach(case IN LISTS cases)
    get_filename_component(name ${case} NAME_WE)
    add_test(NAME compile_fail.${name}
             COMMAND ${CMAKE_COMMAND} -DCOMPILER=${CMAKE_CXX_COMPILER} -DCASE=${case}
                     -DROOT=${CMAKE_SOURCE_DIR} -P ${CMAKE_SOURCE_DIR}/cmake/compile_fail.cmake)
    set_tests_properties(compile_fail.${name} PROPERTIES LABELS compile_fail TIMEOUT 120)
  endforeach()
endfunction()

# keepsake_consumer(): a program outside the layers that links the libraries as a game engine does;
# and each public header by itself, after the macros that engines define.
function(keepsake_consumer)
  keepsake_links(links open testing player store session datum sqlite memory os base example_player)
  file(GLOB headers CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR}/include
       ${CMAKE_SOURCE_DIR}/include/keepsake/*/*.h)
  set(alone "")
  foreach(header IN LISTS headers)
    string(MAKE_C_IDENTIFIER ${header} id)
    set(unit ${CMAKE_BINARY_DIR}/headers/${id}.cc)
    file(CONFIGURE OUTPUT ${unit} CONTENT
         "#include \"tests/consumer/engine_macros.h\"\n#include \"${header}\"\n")
    list(APPEND alone ${unit})
  endforeach()
  add_library(keepsake_consumer_headers OBJECT ${alone})
  add_executable(keepsake_consumer ${CMAKE_SOURCE_DIR}/tests/consumer/main.cc)
  foreach(target keepsake_consumer_headers keepsake_consumer)
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wconversion -Wno-sign-conversion
                           -Wno-missing-designated-field-initializers -Werror)
    target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR}/include ${CMAKE_SOURCE_DIR})
  endforeach()
  target_link_libraries(keepsake_consumer PRIVATE ${links})
  add_dependencies(keepsake_consumer keepsake_consumer_headers)
endfunction()

# keepsake_lint(): the program that holds the tree to its rules, its own tests, and a run of it.
function(keepsake_lint)
  keepsake_library(lint lint)
  add_executable(keepsake_lint_program ${CMAKE_SOURCE_DIR}/lint/program/main.cc)
  target_link_libraries(keepsake_lint_program PRIVATE keepsake_options keepsake_lint)
  set_target_properties(keepsake_lint_program PROPERTIES OUTPUT_NAME keepsake-lint
                        RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lint)
  add_dependencies(keepsake_tests keepsake_lint_program)
  add_test(NAME lint.tree
           COMMAND keepsake_lint_program ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR})
  set(refuses ${CMAKE_SOURCE_DIR}/lint/refuses.sh)
  add_test(NAME lint.refuses_unformatted_code
           COMMAND ${refuses} -Wclang-format-violations
                   clang-format-19 --dry-run -Werror lint/testdata/unformatted.cc)
  add_test(NAME lint.refuses_what_clang_tidy_finds
           COMMAND ${refuses} bugprone-use-after-move
                   script/tidy.sh lint/testdata/use_after_move.cc)
  set_tests_properties(lint.tree lint.refuses_unformatted_code lint.refuses_what_clang_tidy_finds
                       PROPERTIES LABELS lint TIMEOUT 120 WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
endfunction()
