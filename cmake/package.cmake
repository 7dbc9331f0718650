# What is installed (docs/install.md): two libraries made of the layers' objects, their headers, the
# program, and what find_package and pkg-config read.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# keepsake_packaged(<target> <name> <layer>…): the library lib<name>, static or, with
# BUILD_SHARED_LIBS, shared, where it exports what is in namespace keepsake and nothing else.
function(keepsake_packaged target name)
  list(TRANSFORM ARGN REPLACE "(.+)" "$<TARGET_OBJECTS:keepsake_\\1>" OUTPUT_VARIABLE objects)
  add_library(${target} ${objects})
  target_compile_features(${target} INTERFACE cxx_std_20)
  target_include_directories(${target} INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(${target} PUBLIC Threads::Threads)
  # While the version is 0.x, each minor one may have another ABI.
  set_target_properties(${target} PROPERTIES
                        OUTPUT_NAME ${name} LINKER_LANGUAGE CXX
                        VERSION ${PROJECT_VERSION}
                        SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
                        INSTALL_RPATH "$ORIGIN"
                        ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/package
                        LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/package)
  if(BUILD_SHARED_LIBS)
    set(exports ${CMAKE_SOURCE_DIR}/cmake/exports.map)
    target_link_options(${target} PRIVATE LINKER:--version-script=${exports} LINKER:--no-undefined)
    set_target_properties(${target} PROPERTIES LINK_DEPENDS ${exports})
  endif()
endfunction()

# keepsake_install(<target> <export name> <export set>)
function(keepsake_install target name set)
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  install(TARGETS ${target} EXPORT ${set}
          ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(EXPORT ${set} FILE ${set}.cmake NAMESPACE keepsake:: DESTINATION ${package_dir})
endfunction()

function(keepsake_package)
  set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/keepsake)
  keepsake_packaged(keepsake_package_datum keepsake_datum base datum)
  keepsake_packaged(keepsake_package_whole keepsake os compress backend memory sqlite postgres session store
                    player testing open load_tool cli)
  target_link_libraries(keepsake_package_whole PUBLIC keepsake_package_datum
                                               PRIVATE SQLite::SQLite3 PostgreSQL::PostgreSQL zstd::zstd)
  keepsake_install(keepsake_package_datum datum keepsake-datum-targets)
  keepsake_install(keepsake_package_whole keepsake keepsake-targets)
  add_custom_target(keepsake_package)
  add_dependencies(keepsake_package keepsake_package_whole keepsake_program_keepsake)

  install(DIRECTORY ${CMAKE_SOURCE_DIR}/include/keepsake DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  install(TARGETS keepsake_program_keepsake RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})

  configure_package_config_file(${CMAKE_SOURCE_DIR}/cmake/keepsake-config.cmake.in
                                keepsake-config.cmake INSTALL_DESTINATION ${package_dir}
                                NO_SET_AND_CHECK_MACRO)
  write_basic_package_version_file(keepsake-config-version.cmake COMPATIBILITY SameMinorVersion)
  install(FILES ${CMAKE_BINARY_DIR}/keepsake-config.cmake
                ${CMAKE_BINARY_DIR}/keepsake-config-version.cmake
                ${CMAKE_SOURCE_DIR}/cmake/KeepsakeSchemaCheck.cmake
          DESTINATION ${package_dir})
  keepsake_pkg_config(${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()

# The files find everything from where they lie themselves. Who links a static library needs what
# stands below it, too.
function(keepsake_pkg_config folder)
  file(RELATIVE_PATH prefix /${folder} /)
  string(REGEX REPLACE "/$" "" prefix "${prefix}")
  set(requires Requires)
  if(BUILD_SHARED_LIBS)
    set(requires Requires.private)
  endif()
  foreach(name keepsake keepsake-datum)
    configure_file(${CMAKE_SOURCE_DIR}/cmake/${name}.pc.in ${name}.pc @ONLY)
    install(FILES ${CMAKE_BINARY_DIR}/${name}.pc DESTINATION ${folder})
  endforeach()
endfunction()

# keepsake_installed_tests(): what is installed, static and shared, moved elsewhere and used by the
# projects of tests/installed.
function(keepsake_installed_tests)
  add_dependencies(keepsake_tests keepsake_package)
  foreach(kind static shared)
    add_test(NAME installed.${kind}
             COMMAND ${CMAKE_SOURCE_DIR}/tests/installed/try.sh ${kind} ${CMAKE_BINARY_DIR})
    set_tests_properties(installed.${kind} PROPERTIES LABELS process TIMEOUT 600)
  endforeach()
endfunction()
